// GET /users/me.
#pragma once

#include "platform/db/database.hpp"
#include "platform/http/router.hpp"

namespace esm::users {

struct get_own_user_http {
    db::database& database;
};

awaitable<result<http::response>> get_own_user(get_own_user_http& deps, http::request& call);

}  // namespace esm::users
