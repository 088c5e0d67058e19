// See routes.hpp; checked against contracts/openapi/notifications.yaml by a test.
#include "services/notifications/devices/routes.hpp"

#include "services/notifications/devices/devices_http.hpp"

namespace esm::notifications {

std::vector<http::route> device_routes(notifications_http& deps) {
    return {
        {"POST",
         "/api/v1/eventstreammonitor/notifications/devices",
         "notifications:write",
         http::bind(post_device, deps)},
        {"GET",
         "/api/v1/eventstreammonitor/notifications/devices",
         "notifications:read",
         http::bind(get_devices, deps)},
        {"DELETE",
         "/api/v1/eventstreammonitor/notifications/devices/{id}",
         "notifications:write",
         http::bind(delete_device, deps)},
        {"GET",
         "/api/v1/eventstreammonitor/notifications/devices/application-server-key",
         "notifications:read",
         http::bind(get_application_server_key, deps)},
    };
}

}  // namespace esm::notifications
