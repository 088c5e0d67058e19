// See lock_user.hpp.
#include "services/users/lock_user.hpp"

#include "services/users/administrators.hpp"
#include "services/users/challenge_store.hpp"
#include "services/users/events.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

awaitable<result<user>> lock_user::lock(
    const context& ctx, std::int64_t user_id, const std::optional<std::string>& reason
) {
    if (ctx.caller->user_id == user_id) co_return fail(errc::conflict, "nobody locks the own account");
    const auto work = [&](db::transaction& tx) -> awaitable<result<user>> {
        const auto remaining = co_await administrators::lock(tx);
        const auto found = co_await user_store::lock(tx, user_id);
        if (!found) co_return fail(errc::not_found, "no user has this id");
        auto account = found->who;
        if (account.state == account_state::locked) co_return account;
        if (remaining.is_last(user_id)) {
            co_return fail(errc::conflict, "the last active administrator cannot be locked");
        }
        account.state = account_state::locked;
        ++account.credential_epoch;
        ++account.version;
        account.updated_at = now_us();
        challenge_store::end_all(tx, user_id, account.updated_at);
        user_store::save(tx, account);
        outbox_.append(tx, user_locked(account, ctx.trace));
        boost::json::object details;
        if (reason) details["reason"] = *reason;
        co_await audit_.append(ctx, tx, "user.locked", user_id, std::move(details));
        co_return account;
    };
    co_return co_await database_.transact(ctx.until, work);
}

awaitable<result<user>> lock_user::unlock(const context& ctx, std::int64_t user_id) {
    const auto work = [&](db::transaction& tx) -> awaitable<result<user>> {
        const auto found = co_await user_store::lock(tx, user_id);
        if (!found) co_return fail(errc::not_found, "no user has this id");
        auto account = found->who;
        if (account.state == account_state::active) co_return account;
        account.state = account_state::active;
        ++account.version;
        account.updated_at = now_us();
        user_store::save(tx, account);
        outbox_.append(tx, user_unlocked(account, ctx.trace));
        co_await audit_.append(ctx, tx, "user.unlocked", user_id);
        co_return account;
    };
    co_return co_await database_.transact(ctx.until, work);
}

}  // namespace esm::users
