// The route table of the notification service, checked against contracts/openapi/notifications.yaml by a
// test.
#include "services/notifications/routes.hpp"

#include "services/notifications/get_notification_http.hpp"
#include "services/notifications/list_notifications_http.hpp"

namespace esm::notifications {

std::vector<http::route> route_table(notifications_http& deps) {
    return {
        {"GET",
         "/api/v1/eventstreammonitor/notifications",
         "notifications:read",
         http::bind(list_notifications, deps)},
        {"GET",
         "/api/v1/eventstreammonitor/notifications/{id}",
         "notifications:read",
         http::bind(get_notification_by_id, deps)},
    };
}

}  // namespace esm::notifications
