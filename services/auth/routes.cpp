// The route table of the auth service, checked against contracts/openapi/auth.yaml by a test.
#include "services/auth/routes.hpp"

namespace esm::auth {

std::vector<http::route> route_table(route_deps& deps) {
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
        {"GET",
         "/api/v1/eventstreammonitor/auth/sessions",
         http::any_caller,
         http::bind(get_sessions, deps.sessions)},
        {"DELETE",
         "/api/v1/eventstreammonitor/auth/sessions",
         http::any_caller,
         http::bind(delete_sessions, deps.sessions)},
        {"DELETE",
         "/api/v1/eventstreammonitor/auth/sessions/{id}",
         http::any_caller,
         http::bind(delete_session, deps.sessions)},
        {"POST",
         "/api/v1/eventstreammonitor/auth/api-keys",
         http::any_caller,
         http::bind(post_api_key, deps.keys_of_users)},
        {"GET",
         "/api/v1/eventstreammonitor/auth/api-keys",
         http::any_caller,
         http::bind(get_api_keys, deps.keys_of_users)},
        {"DELETE",
         "/api/v1/eventstreammonitor/auth/api-keys/{id}",
         http::any_caller,
         http::bind(delete_api_key, deps.keys_of_users)},
        {"POST",
         "/api/v1/eventstreammonitor/auth/keys/rotate",
         "auth:admin",
         http::bind(post_rotate, deps.keys)},
        {"GET", "/.well-known/jwks.json", http::open_to_all, http::bind(get_jwks, deps.keys)},
    };
}

}  // namespace esm::auth
