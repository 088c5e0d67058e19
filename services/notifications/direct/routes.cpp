// See routes.hpp; checked against contracts/openapi/notifications.yaml by a test.
#include "services/notifications/direct/routes.hpp"

#include "services/notifications/direct/direct_http.hpp"

namespace esm::notifications {

std::vector<http::route> direct_routes(notifications_http& deps) {
    return {
        {"POST",
         "/api/v1/eventstreammonitor/notifications",
         "notifications:send",
         http::bind(post_notification, deps),
         message_body_max_bytes},
        {"POST",
         "/api/v1/eventstreammonitor/notifications/{id}/resend",
         "notifications:admin",
         http::bind(post_resend, deps)},
    };
}

}  // namespace esm::notifications
