// The route table of the auth service, checked against contracts/openapi/auth.yaml by a test.
#include "services/auth/routes.hpp"

namespace esm::auth {

std::vector<http::route> route_table(const route_deps& deps) {
    return {
        {"POST",
         "/api/v1/eventstreammonitor/auth/login",
         http::open_to_all,
         http::bind(post_login, deps.logging_in)},
        {"POST",
         "/api/v1/eventstreammonitor/auth/generateToken",
         http::open_to_all,
         http::bind(post_generate_token, deps.logging_in)},
        {"POST",
         "/api/v1/eventstreammonitor/auth/refresh",
         http::open_to_all,
         http::bind(post_refresh, deps.refreshing)},
        {"POST",
         "/api/v1/eventstreammonitor/auth/logout",
         http::open_to_all,
         http::bind(post_logout, deps.logging_out)},
        {"GET", "/.well-known/jwks.json", http::open_to_all, http::bind(get_jwks, deps.keys)},
    };
}

}  // namespace esm::auth
