// See delete_user.hpp.
#include "services/users/delete_user.hpp"

#include "platform/http/idempotency.hpp"
#include "services/users/administrators.hpp"
#include "services/users/events.hpp"
#include "services/users/sql.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

awaitable<result<void>> delete_user::run(const context& ctx, std::int64_t user_id, std::string password) {
    const auto proved = co_await proving_.run(ctx, user_id, std::move(password));
    if (!proved) co_return proved.error();
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        const auto remaining = co_await administrators::lock(tx);
        const auto found = co_await user_store::lock(tx, user_id);
        if (!found) co_return fail(errc::not_found, "no user has this id");
        auto gone = found->who;
        if (remaining.is_last(user_id)) {
            co_return fail(errc::conflict, "this is the last administrator; name another one first");
        }
        ++gone.version;
        user_store::remove(tx, user_id);
        tx.exec(sql::delete_challenges_of_user, user_id);
        http::forget_answers(tx, http::idempotency_caller(*ctx.caller));
        http::forget_answers(tx, stranger_of(gone.username));
        outbox_.append(tx, user_deleted(gone, now_us(), ctx.trace));
        co_await audit_.append(ctx, tx, "user.deleted", user_id);
        co_return result<void>();
    };
    co_return co_await database_.transact(ctx.until, work);
}

}  // namespace esm::users
