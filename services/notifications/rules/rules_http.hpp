// GET /notifications/rules; GET, PUT and DELETE of one rule.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> get_rules(notifications_http& deps, http::request& call);
awaitable<result<http::response>> get_rule(notifications_http& deps, http::request& call);
awaitable<result<http::response>> put_rule(notifications_http& deps, http::request& call);
awaitable<result<http::response>> delete_rule(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
