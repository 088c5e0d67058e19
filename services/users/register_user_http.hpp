// POST /users/register.
#pragma once

#include "platform/http/router.hpp"
#include "services/users/register_user.hpp"

namespace esm::users {

struct register_user_http {
    register_user& registering;
    db::database& database;
};

awaitable<result<http::response>> post_register(register_user_http& deps, http::request& call);

}  // namespace esm::users
