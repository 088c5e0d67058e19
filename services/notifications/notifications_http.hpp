// What the REST handlers of notifications share.
#pragma once

#include "platform/db/database.hpp"
#include "platform/http/router.hpp"

namespace esm::notifications {

struct notifications_http {
    db::database& database;
};

// Whose notifications the caller may see: the own ones, or everybody's (nothing) with notifications:admin.
inline std::optional<std::int64_t> visible_to(const http::request& call) {
    if (call.ctx.caller->has_scope("notifications:admin")) return std::nullopt;
    return call.ctx.caller->user_id;
}

}  // namespace esm::notifications
