// The service's REST routes and what their handlers need.
#pragma once

#include <vector>

#include "services/auth/login_http.hpp"
#include "services/auth/session_http.hpp"

namespace esm::auth {

struct route_deps {
    login& logging_in;
    refresh_tokens& refreshing;
    logout& logging_out;
    const key_ring& keys;
};

std::vector<http::route> route_table(const route_deps& deps);

}  // namespace esm::auth
