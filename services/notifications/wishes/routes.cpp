// See routes.hpp.
#include "services/notifications/wishes/routes.hpp"

#include "services/notifications/wishes/unsubscribe_http.hpp"
#include "services/notifications/wishes/wishes_http.hpp"

namespace esm::notifications {

std::vector<http::route> wish_routes(notifications_http& deps) {
    return {
        {"GET",
         "/api/v1/eventstreammonitor/notifications/preferences",
         "notifications:read",
         http::bind(get_wishes, deps)},
        {"PUT",
         "/api/v1/eventstreammonitor/notifications/preferences",
         "notifications:write",
         http::bind(put_wishes, deps)},
        {"GET",
         "/api/v1/eventstreammonitor/notifications/unsubscribe",
         http::open_to_all,
         http::bind(get_unsubscribe, deps)},
        {"POST",
         "/api/v1/eventstreammonitor/notifications/unsubscribe",
         http::open_to_all,
         http::bind(post_unsubscribe, deps)},
    };
}

}  // namespace esm::notifications
