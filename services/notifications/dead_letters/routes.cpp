// See routes.hpp; checked against contracts/openapi/notifications.yaml by a test.
#include "services/notifications/dead_letters/routes.hpp"

#include "services/notifications/dead_letters/dead_letters_http.hpp"

namespace esm::notifications::dead_letters {

std::vector<http::route> route_table(notifications_http& deps) {
    constexpr auto scope = "notifications:admin";
    constexpr auto letters = "/api/v1/eventstreammonitor/notifications/dead-letters";
    constexpr auto redriving = "/api/v1/eventstreammonitor/notifications/dead-letters/redrive";
    constexpr auto letter = "/api/v1/eventstreammonitor/notifications/dead-letters/{kind}/{id}";
    return {
        {"GET", letters, scope, http::bind(get_dead_letters, deps)},
        {"POST", redriving, scope, http::bind(post_redrive, deps)},
        {"GET", letter, scope, http::bind(get_dead_letter, deps)},
        {"PATCH", letter, scope, http::bind(patch_dead_letter, deps)},
        {"DELETE", letter, scope, http::bind(delete_dead_letter, deps)},
    };
}

}  // namespace esm::notifications::dead_letters
