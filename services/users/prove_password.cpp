// See prove_password.hpp.
#include "services/users/prove_password.hpp"

namespace esm::users {

awaitable<result<user_store::account>> prove_password::run(
    const context& ctx, std::int64_t user_id, std::string password
) {
    const auto key = std::to_string(user_id);
    if (const auto admitted = co_await wrong_.admit(key, ctx.until); !admitted) co_return admitted.error();
    const auto found = co_await user_store::find_account(database_, user_id, ctx.until);
    if (!found) co_return fail(errc::not_found, "no user has this id");
    const auto verified = co_await hasher_.verify(std::move(password), found->password_hash);
    if (!verified) {
        co_await wrong_.take_back(key, ctx.until);
        co_return verified.error();
    }
    if (!verified->matches) co_return fail(errc::invalid_credentials, "the current password is wrong");
    co_await wrong_.succeeded(key, ctx.until);
    co_return *found;
}

}  // namespace esm::users
