// The route table of the user service, checked against contracts/openapi/users.yaml by a test.
#include "services/users/routes.hpp"

namespace esm::users {

std::vector<http::route> route_table(route_deps& deps) {
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

}  // namespace esm::users
