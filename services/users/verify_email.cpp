// See verify_email.hpp.
#include "services/users/verify_email.hpp"

#include "platform/db/failure.hpp"
#include "services/users/events.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

awaitable<result<void>> verify_email::run(const context& ctx, const email_proof& given) {
    constexpr std::array purposes{challenge_purpose::email_verification, challenge_purpose::email_change};
    const auto asked = co_await proving_.find(ctx, given, purposes);
    if (!asked) co_return wrong_code();
    const auto work = [&](db::transaction& tx) -> awaitable<result<bool>> {
        const auto used = co_await proving_.use(tx, asked->challenge_id, given);
        if (!used) co_return false;
        co_return co_await apply(ctx, tx, *used);
    };
    try {
        const auto done = co_await database_.transact(ctx.until, work);
        if (!done) co_return done.error();
        if (!*done) co_return wrong_code();
        co_return result<void>();
    } catch (const db::query_failed& cause) {
        // Somebody else took the address between the question and the commit.
        if (!cause.is_duplicate()) throw;
    }
    co_return user_store::email_taken();
}

awaitable<result<bool>> verify_email::apply(const context& ctx, db::transaction& tx, const challenge& used) {
    const auto found = co_await user_store::lock(tx, used.user_id);
    if (!found || found->who.state != account_state::active) co_return false;
    auto account = found->who;
    const bool changes = used.purpose == challenge_purpose::email_change;
    if (!changes && name_key(account.email) != name_key(used.email)) co_return false;
    if (changes && co_await user_store::is_email_of_another(tx, used.email, account.user_id)) {
        co_return user_store::email_taken();
    }
    if (changes) account.email = used.email;
    account.email_verified = true;
    ++account.version;
    account.updated_at = now_us();
    user_store::save(tx, account);
    outbox_.append(tx, user_email_verified(account, ctx.trace));
    co_await audit_.append(ctx, tx, "user.email_verified", account.user_id, {{"changed", changes}});
    co_return true;
}

}  // namespace esm::users
