// GET /notifications/templates; GET, PUT and DELETE of one template, GET of its versions, POST of a preview.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> get_templates(notifications_http& deps, http::request& call);
awaitable<result<http::response>> get_template(notifications_http& deps, http::request& call);
awaitable<result<http::response>> get_template_versions(notifications_http& deps, http::request& call);
awaitable<result<http::response>> put_template(notifications_http& deps, http::request& call);
awaitable<result<http::response>> delete_template(notifications_http& deps, http::request& call);
awaitable<result<http::response>> post_template_preview(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
