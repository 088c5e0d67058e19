// What an administrator reads and changes of one account: GET and PATCH /users/{id}, POST /users/{id}/lock
// and /unlock, PUT /users/{id}/roles.
#pragma once

#include "platform/http/router.hpp"
#include "services/users/change_profile.hpp"
#include "services/users/lock_user.hpp"
#include "services/users/set_roles.hpp"

namespace esm::users {

struct manage_user_http {
    db::database& database;
    change_profile& changing;
    lock_user& locking;
    set_roles& roles;
};

awaitable<result<http::response>> get_user(manage_user_http& deps, http::request& call);
awaitable<result<http::response>> patch_user(manage_user_http& deps, http::request& call);
awaitable<result<http::response>> post_lock(manage_user_http& deps, http::request& call);
awaitable<result<http::response>> post_unlock(manage_user_http& deps, http::request& call);
awaitable<result<http::response>> put_roles(manage_user_http& deps, http::request& call);

}  // namespace esm::users
