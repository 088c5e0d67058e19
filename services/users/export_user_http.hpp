// GET /users/me/export.
#pragma once

#include <atomic>
#include <memory>

#include "platform/http/router.hpp"
#include "services/users/export_user.hpp"

namespace esm::users {

struct export_user_http {
    export_user& exporting;
    // Exports that are being made or sent: each needs the memory of its whole answer.
    std::shared_ptr<std::atomic<int>> in_hand{std::make_shared<std::atomic<int>>(0)};
};

awaitable<result<http::response>> get_own_export(export_user_http& deps, http::request& call);

}  // namespace esm::users
