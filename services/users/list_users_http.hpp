// GET /users.
#pragma once

#include "platform/http/router.hpp"
#include "services/users/list_users.hpp"

namespace esm::users {

struct list_users_http {
    db::database& database;
};

awaitable<result<http::response>> get_users(list_users_http& deps, http::request& call);

}  // namespace esm::users
