// The route table of the auth service, checked against contracts/openapi/auth.yaml by a test.
#include "services/auth/routes.hpp"

namespace esm::auth {

namespace {

// What people do about their own tokens.
std::vector<http::route> own_routes(route_deps& deps) {
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
        {"POST",
         "/api/v1/eventstreammonitor/auth/login/mfa",
         http::open_to_all,
         http::bind(post_login_mfa, deps.second_step)},
        {"POST",
         "/api/v1/eventstreammonitor/auth/mfa/totp",
         http::any_caller,
         http::bind(post_totp, deps.factor)},
        {"POST",
         "/api/v1/eventstreammonitor/auth/mfa/totp/confirm",
         http::any_caller,
         http::bind(post_totp_confirm, deps.factor)},
        {"DELETE",
         "/api/v1/eventstreammonitor/auth/mfa/totp",
         http::any_caller,
         http::bind(delete_totp, deps.factor)},
        {"POST",
         "/api/v1/eventstreammonitor/auth/mfa/recovery-codes",
         http::any_caller,
         http::bind(post_recovery_codes, deps.factor)},
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
    };
}

// What is there for administrators, clients and whoever checks tokens.
std::vector<http::route> system_routes(route_deps& deps) {
    return {
        {"POST",
         "/api/v1/eventstreammonitor/auth/keys/rotate",
         "auth:admin",
         http::bind(post_rotate, deps.rotating)},
        {"POST",
         "/api/v1/eventstreammonitor/auth/clients",
         "auth:admin",
         http::bind(post_client, deps.clients)},
        {"GET", "/api/v1/eventstreammonitor/auth/clients", "auth:admin", http::bind(get_clients, deps.clients)
        },
        {"DELETE",
         "/api/v1/eventstreammonitor/auth/clients/{id}",
         "auth:admin",
         http::bind(delete_client, deps.clients)},
        {"DELETE",
         "/api/v1/eventstreammonitor/auth/mfa/users/{id}",
         "auth:admin",
         http::bind(delete_mfa_of_user, deps.factor)},
        {"POST", "/oauth2/token", http::open_to_all, http::bind(post_oauth_token, deps.oauth)},
        {"POST", "/oauth2/revoke", http::open_to_all, http::bind(post_oauth_revoke, deps.oauth)},
        {"POST", "/oauth2/introspect", http::open_to_all, http::bind(post_oauth_introspect, deps.oauth)},
        {"GET",
         "/.well-known/oauth-authorization-server",
         http::open_to_all,
         http::bind(get_discovery, deps.oauth)},
        {"GET", "/.well-known/openid-configuration", http::open_to_all, http::bind(get_discovery, deps.oauth)
        },
        {"GET", "/.well-known/jwks.json", http::open_to_all, http::bind(get_jwks, deps.keys)},
    };
}

}  // namespace

std::vector<http::route> route_table(route_deps& deps) {
    auto all = own_routes(deps);
    auto system = system_routes(deps);
    std::move(system.begin(), system.end(), std::back_inserter(all));
    return all;
}

}  // namespace esm::auth
