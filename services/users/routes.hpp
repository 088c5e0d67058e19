// The service's REST routes and what their handlers need.
#pragma once

#include <vector>

#include "services/users/email_codes_http.hpp"
#include "services/users/export_user_http.hpp"
#include "services/users/list_audit_http.hpp"
#include "services/users/list_users_http.hpp"
#include "services/users/manage_user_http.hpp"
#include "services/users/own_account_http.hpp"
#include "services/users/register_user_http.hpp"

namespace esm::users {

struct route_deps {
    register_user_http registering;
    own_account_http own_account;
    list_users_http searching;
    list_audit_http auditing;
    manage_user_http managing;
    export_user_http exporting;
    email_codes_http codes;
};

// `deps` must outlive the server.
std::vector<http::route> route_table(route_deps& deps);

}  // namespace esm::users
