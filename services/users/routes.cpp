// The route table of the user service, checked against contracts/openapi/users.yaml by a test.
#include "services/users/routes.hpp"

namespace esm::users {

namespace {

// What people do with their own accounts.
std::vector<http::route> own_routes(route_deps& deps) {
    return {
        {"POST",
         "/api/v1/eventstreammonitor/users/register",
         http::open_to_all,
         http::bind(post_register, deps.registering)},
        {"GET",
         "/api/v1/eventstreammonitor/users/me",
         "users:read",
         http::bind(get_own_account, deps.own_account)},
        {"PATCH",
         "/api/v1/eventstreammonitor/users/me",
         "users:write",
         http::bind(patch_own_account, deps.own_account)},
        {"DELETE",
         "/api/v1/eventstreammonitor/users/me",
         "users:write",
         http::bind(delete_own_account, deps.own_account)},
        {"GET",
         "/api/v1/eventstreammonitor/users/me/export",
         "users:read",
         http::bind(get_own_export, deps.exporting)},
        {"PUT",
         "/api/v1/eventstreammonitor/users/me/password",
         "users:write",
         http::bind(put_own_password, deps.own_account)},
        {"PUT",
         "/api/v1/eventstreammonitor/users/me/email",
         "users:write",
         http::bind(put_own_email, deps.codes)},
        {"POST",
         "/api/v1/eventstreammonitor/users/email-verifications",
         http::open_to_all,
         http::bind(post_email_verification, deps.codes)},
        {"POST",
         "/api/v1/eventstreammonitor/users/email-verifications/confirm",
         http::open_to_all,
         http::bind(post_email_confirmation, deps.codes)},
        {"POST",
         "/api/v1/eventstreammonitor/users/password-resets",
         http::open_to_all,
         http::bind(post_password_reset, deps.codes)},
        {"POST",
         "/api/v1/eventstreammonitor/users/password-resets/confirm",
         http::open_to_all,
         http::bind(post_reset_confirmation, deps.codes)},
    };
}

// What administrators do with others'.
std::vector<http::route> admin_routes(route_deps& deps) {
    return {
        {"GET", "/api/v1/eventstreammonitor/users", "users:admin", http::bind(get_users, deps.searching)},
        {"GET", "/api/v1/eventstreammonitor/users/audit", "users:admin", http::bind(get_audit, deps.auditing)
        },
        {"GET", "/api/v1/eventstreammonitor/users/{id}", "users:admin", http::bind(get_user, deps.managing)},
        {"PATCH",
         "/api/v1/eventstreammonitor/users/{id}",
         "users:admin",
         http::bind(patch_user, deps.managing)},
        {"POST",
         "/api/v1/eventstreammonitor/users/{id}/lock",
         "users:admin",
         http::bind(post_lock, deps.managing)},
        {"POST",
         "/api/v1/eventstreammonitor/users/{id}/unlock",
         "users:admin",
         http::bind(post_unlock, deps.managing)},
        {"PUT",
         "/api/v1/eventstreammonitor/users/{id}/roles",
         "users:admin",
         http::bind(put_roles, deps.managing)},
    };
}

}  // namespace

std::vector<http::route> route_table(route_deps& deps) {
    auto all = own_routes(deps);
    auto administrative = admin_routes(deps);
    std::move(administrative.begin(), administrative.end(), std::back_inserter(all));
    return all;
}

}  // namespace esm::users
