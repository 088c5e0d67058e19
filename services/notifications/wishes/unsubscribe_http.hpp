// GET and POST /notifications/unsubscribe?token=, without a login (RFC 8058).
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> get_unsubscribe(notifications_http& deps, http::request& call);
awaitable<result<http::response>> post_unsubscribe(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
