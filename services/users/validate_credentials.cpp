// See validate_credentials.hpp.
#include "services/users/validate_credentials.hpp"

namespace esm::users {

awaitable<result<user>> validate_credentials::check(
    const context& ctx, std::string identifier, std::string password
) {
    const auto found = co_await user_store::find_by_identifier(database_, std::move(identifier), ctx.until);
    const auto verified = co_await hasher_.verify(password, found ? found->password_hash : std::string());
    if (!verified) co_return verified.error();
    const bool locked = found && found->who.state == account_state::locked;
    if (!found || !verified->matches || locked) {
        co_return fail(errc::invalid_credentials, "the user or the password is wrong");
    }
    if (verified->outdated) {
        const auto renewed = co_await hasher_.hash(std::move(password));
        // A full queue only postpones the renewal to the next login.
        if (renewed) {
            co_await user_store::replace_hash(
                database_, found->who.user_id, found->password_hash, *renewed, ctx.until
            );
        }
    }
    co_return found->who;
}

}  // namespace esm::users
