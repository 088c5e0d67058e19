// See set_roles.hpp.
#include "services/users/set_roles.hpp"

#include "services/users/administrators.hpp"
#include "services/users/challenge_store.hpp"
#include "services/users/events.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

awaitable<result<user>> set_roles::run(
    const context& ctx, std::int64_t user_id, std::vector<std::string> roles
) {
    const bool administers = std::find(roles.begin(), roles.end(), admin_role) != roles.end();
    const auto work = [&](db::transaction& tx) -> awaitable<result<user>> {
        const auto remaining = co_await administrators::lock(tx);
        const auto found = co_await user_store::lock(tx, user_id);
        if (!found) co_return fail(errc::not_found, "no user has this id");
        auto account = found->who;
        if (account.roles == roles) co_return account;
        if (!administers && remaining.is_last(user_id)) {
            co_return fail(errc::conflict, "the last active administrator keeps the role admin");
        }
        const boost::json::object details{
            {"before", boost::json::value_from(account.roles)}, {"after", boost::json::value_from(roles)}
        };
        account.roles = roles;
        ++account.credential_epoch;
        ++account.version;
        account.updated_at = now_us();
        challenge_store::end_all(tx, user_id, account.updated_at);
        user_store::save(tx, account);
        outbox_.append(tx, user_roles_changed(account, ctx.trace));
        co_await audit_.append(ctx, tx, "user.roles_changed", user_id, details);
        co_return account;
    };
    co_return co_await database_.transact(ctx.until, work);
}

}  // namespace esm::users
