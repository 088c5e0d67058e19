// POST and GET /notifications/devices, DELETE /notifications/devices/{id}, and the key that browsers
// subscribe with.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

awaitable<result<http::response>> post_device(notifications_http& deps, http::request& call);
awaitable<result<http::response>> get_devices(notifications_http& deps, http::request& call);
awaitable<result<http::response>> delete_device(notifications_http& deps, http::request& call);
awaitable<result<http::response>> get_application_server_key(notifications_http& deps, http::request& call);

}  // namespace esm::notifications
