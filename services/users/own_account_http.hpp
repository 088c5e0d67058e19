// What people do with their own account: GET, PATCH and DELETE /users/me, PUT /users/me/password.
#pragma once

#include "platform/http/router.hpp"
#include "services/users/change_password.hpp"
#include "services/users/change_profile.hpp"
#include "services/users/delete_user.hpp"

namespace esm::users {

struct own_account_http {
    db::database& database;
    change_profile& changing;
    change_password& changing_password;
    delete_user& deleting;
};

// For what an API key may not do either: errc::forbidden unless a person logged in.
result<std::int64_t> person_id(const principal& caller);

awaitable<result<http::response>> get_own_account(own_account_http& deps, http::request& call);
awaitable<result<http::response>> patch_own_account(own_account_http& deps, http::request& call);
awaitable<result<http::response>> delete_own_account(own_account_http& deps, http::request& call);
awaitable<result<http::response>> put_own_password(own_account_http& deps, http::request& call);

}  // namespace esm::users
