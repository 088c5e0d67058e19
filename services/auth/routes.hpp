// The service's REST routes and what their handlers need.
#pragma once

#include <vector>

#include "services/auth/api_keys_http.hpp"
#include "services/auth/login_http.hpp"
#include "services/auth/mfa_http.hpp"
#include "services/auth/oauth_clients_http.hpp"
#include "services/auth/oauth_http.hpp"
#include "services/auth/session_http.hpp"

namespace esm::auth {

struct route_deps {
    login& logging_in;
    refresh_tokens& refreshing;
    logout& logging_out;
    key_ring& keys;
    rotation_http rotating;
    session_http sessions;
    api_keys_http keys_of_users;
    mfa_login& second_step;
    second_factor& factor;
    oauth_clients_http clients;
    oauth_http oauth;
};

// `deps` must outlive the server.
std::vector<http::route> route_table(route_deps& deps);

}  // namespace esm::auth
