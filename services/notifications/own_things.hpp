// Devices and endpoints are somebody's own, and nobody has too many of them.
#pragma once

#include "platform/http/message.hpp"
#include "platform/personal_data/erasure.hpp"
#include "services/notifications/notification_store.hpp"

namespace esm::notifications {

inline constexpr std::size_t own_things_max = 20;  // of each kind

// Whose they are. errc::forbidden for a client, which is nobody's account.
inline result<std::int64_t> owner_of(const http::request& call) {
    const auto user_id = call.ctx.caller->user_id;
    if (user_id != 0) return user_id;
    return fail(errc::forbidden, "a client has none of its own: this needs the token of a user");
}

// Until the transaction ends nobody else adds something of the user's, and so nobody exceeds a limit.
// errc::forbidden where the user is gone.
inline awaitable<result<void>> hold_owner(db::transaction& tx, std::int64_t user_id) {
    co_await notification_store::hold_contact(tx, user_id);
    if (!(co_await personal_data::erased_among(tx, {user_id})).empty()) {
        co_return fail(errc::forbidden, "the account was deleted: it can have none");
    }
    co_return result<void>();
}

inline error too_many(std::string_view what) {
    return fail(
        errc::conflict, fmt::format("the account has {} {}, which is the most allowed", own_things_max, what)
    );
}

}  // namespace esm::notifications
