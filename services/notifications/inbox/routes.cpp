// See routes.hpp; checked against contracts/openapi/notifications.yaml by a test.
#include "services/notifications/inbox/routes.hpp"

#include "services/notifications/inbox/inbox_http.hpp"

namespace esm::notifications {

std::vector<http::route> inbox_routes(notifications_http& deps) {
    return {
        {"GET",
         "/api/v1/eventstreammonitor/notifications/stream",
         "notifications:read",
         http::bind(get_inbox_stream, deps)},
        {"POST",
         "/api/v1/eventstreammonitor/notifications/read",
         "notifications:write",
         http::bind(post_read, deps)},
        {"PUT",
         "/api/v1/eventstreammonitor/notifications/{id}/read",
         "notifications:write",
         http::bind(put_read, deps)},
        {"DELETE",
         "/api/v1/eventstreammonitor/notifications/{id}/read",
         "notifications:write",
         http::bind(delete_read, deps)},
    };
}

}  // namespace esm::notifications
