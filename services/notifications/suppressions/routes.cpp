// See routes.hpp.
#include "services/notifications/suppressions/routes.hpp"

#include "services/notifications/suppressions/suppressions_http.hpp"

namespace esm::notifications {

std::vector<http::route> suppression_routes(notifications_http& deps) {
    return {
        {"GET",
         "/api/v1/eventstreammonitor/notifications/suppressions",
         "notifications:admin",
         http::bind(get_suppressions, deps)},
        {"POST",
         "/api/v1/eventstreammonitor/notifications/suppressions",
         "notifications:admin",
         http::bind(post_suppression, deps)},
        {"DELETE",
         "/api/v1/eventstreammonitor/notifications/suppressions/{channel}/{address}",
         "notifications:admin",
         http::bind(delete_suppression, deps)},
    };
}

}  // namespace esm::notifications
