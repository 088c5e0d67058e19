// The route table of the notification service, checked against contracts/openapi/notifications.yaml by a
// test.
#include "services/notifications/routes.hpp"

#include "services/notifications/catalogue/routes.hpp"
#include "services/notifications/dead_letters/routes.hpp"
#include "services/notifications/devices/routes.hpp"
#include "services/notifications/direct/routes.hpp"
#include "services/notifications/endpoints/routes.hpp"
#include "services/notifications/get_notification_http.hpp"
#include "services/notifications/inbox/routes.hpp"
#include "services/notifications/list_notifications_http.hpp"
#include "services/notifications/reports/routes.hpp"
#include "services/notifications/suppressions/routes.hpp"
#include "services/notifications/wishes/routes.hpp"

namespace esm::notifications {

std::vector<http::route> route_table(notifications_http& deps) {
    std::vector<http::route> all{
        {"GET",
         "/api/v1/eventstreammonitor/notifications",
         "notifications:read",
         http::bind(list_notifications, deps)},
        {"GET",
         "/api/v1/eventstreammonitor/notifications/{id}",
         "notifications:read",
         http::bind(get_notification_by_id, deps)},
    };
    for (const auto part :
         {catalogue_routes,
          device_routes,
          direct_routes,
          inbox_routes,
          webhook_routes,
          dead_letters::route_table,
          report_routes,
          suppression_routes,
          wish_routes}) {
        auto more = part(deps);
        std::move(more.begin(), more.end(), std::back_inserter(all));
    }
    return all;
}

}  // namespace esm::notifications
