// GET and POST /notifications/suppressions; DELETE /notifications/suppressions/{channel}/{address}.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> get_suppressions(notifications_http& deps, http::request& call);
awaitable<result<http::response>> post_suppression(notifications_http& deps, http::request& call);
awaitable<result<http::response>> delete_suppression(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
