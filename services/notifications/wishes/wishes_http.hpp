// GET and PUT /notifications/preferences.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> get_wishes(notifications_http& deps, http::request& call);
awaitable<result<http::response>> put_wishes(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
