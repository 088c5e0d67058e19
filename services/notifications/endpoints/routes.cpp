// See routes.hpp; checked against contracts/openapi/notifications.yaml by a test.
#include "services/notifications/endpoints/routes.hpp"

#include "services/notifications/endpoints/endpoints_http.hpp"

namespace esm::notifications {

std::vector<http::route> webhook_routes(notifications_http& deps) {
    constexpr std::string_view all = "/api/v1/eventstreammonitor/notifications/webhooks";
    constexpr std::string_view one = "/api/v1/eventstreammonitor/notifications/webhooks/{id}";
    constexpr std::string_view secret = "/api/v1/eventstreammonitor/notifications/webhooks/{id}/secret";
    constexpr std::string_view test = "/api/v1/eventstreammonitor/notifications/webhooks/{id}/test";
    return {
        {"POST", all, "notifications:write", http::bind(post_webhook, deps)},
        {"GET", all, "notifications:read", http::bind(get_webhooks, deps)},
        {"GET", one, "notifications:read", http::bind(get_webhook, deps)},
        {"PATCH", one, "notifications:write", http::bind(patch_webhook, deps)},
        {"DELETE", one, "notifications:write", http::bind(delete_webhook, deps)},
        {"POST", secret, "notifications:write", http::bind(post_webhook_secret, deps)},
        {"POST", test, "notifications:write", http::bind(post_webhook_test, deps)},
    };
}

}  // namespace esm::notifications
