// GET /notifications/{id}.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> get_notification_by_id(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
