// GET /users/audit.
#pragma once

#include "platform/http/router.hpp"
#include "services/users/list_audit.hpp"

namespace esm::users {

struct list_audit_http {
    db::database& database;
};

awaitable<result<http::response>> get_audit(list_audit_http& deps, http::request& call);

}  // namespace esm::users
