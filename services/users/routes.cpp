// The route table of the user service, checked against contracts/openapi/users.yaml by a test.
#include "services/users/routes.hpp"

namespace esm::users {

std::vector<http::route> route_table(route_deps& deps) {
    return {
        {"POST",
         "/api/v1/eventstreammonitor/users/register",
         http::open_to_all,
         http::bind(post_register, deps.registering)},
        {"GET", "/api/v1/eventstreammonitor/users/me", "users:read", http::bind(get_own_user, deps.own_user)},
    };
}

}  // namespace esm::users
