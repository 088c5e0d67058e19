// The service's REST routes and what their handlers need.
#pragma once

#include <vector>

#include "services/users/get_own_user_http.hpp"
#include "services/users/register_user_http.hpp"

namespace esm::users {

struct route_deps {
    register_user_http registering;
    get_own_user_http own_user;
};

// `deps` must outlive the server.
std::vector<http::route> route_table(route_deps& deps);

}  // namespace esm::users
