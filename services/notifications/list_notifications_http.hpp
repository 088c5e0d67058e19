// GET /notifications: newest first, filters channel, status, eventType and unread, keyset cursor.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> list_notifications(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
