// See change_password.hpp.
#include "services/users/change_password.hpp"

#include "services/users/challenge_store.hpp"
#include "services/users/events.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

awaitable<result<std::string>> hash_new_password(
    security::password_hasher& hasher, const user& whose, std::string password, std::string_view pointer
) {
    const std::vector<std::string> hints{whose.username, whose.email, whose.first_name, whose.last_name};
    if (auto strength = security::check_password_strength(password, hints); !strength) {
        auto refusal = strength.error();
        refusal.fields = {{std::string(pointer), "weak_password", refusal.detail}};
        co_return refusal;
    }
    co_return co_await hasher.hash(std::move(password));
}

awaitable<void> store_new_password(
    const context& ctx,
    db::transaction& tx,
    user account,
    const std::string& password_hash,
    std::string_view reason,
    outbox::outbox& outbox,
    audit& trail
) {
    ++account.version;
    ++account.credential_epoch;
    account.updated_at = now_us();
    challenge_store::end_all(tx, account.user_id, account.updated_at);
    user_store::save(tx, account);
    user_store::set_password(tx, account.user_id, password_hash);
    outbox.append(tx, user_password_changed(account, reason, ctx.trace));
    co_await trail.append(ctx, tx, "user.password_changed", account.user_id, {{"reason", reason}});
}

awaitable<result<void>> change_password::run(
    const context& ctx, std::int64_t user_id, std::string current, std::string wanted
) {
    const auto proved = co_await proving_.run(ctx, user_id, std::move(current));
    if (!proved) co_return proved.error();
    const auto hash = co_await hash_new_password(hasher_, proved->who, std::move(wanted), "/newPassword");
    if (!hash) co_return hash.error();
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        const auto found = co_await user_store::lock(tx, user_id);
        if (!found) co_return fail(errc::not_found, "no user has this id");
        if (found->password_hash != proved->password_hash) {
            co_return fail(errc::conflict, "the password was changed meanwhile");
        }
        co_await store_new_password(ctx, tx, found->who, *hash, "changed", outbox_, audit_);
        co_return result<void>();
    };
    co_return co_await database_.transact(ctx.until, work);
}

}  // namespace esm::users
