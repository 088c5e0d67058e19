// See prove_email.hpp.
#include "services/users/prove_email.hpp"

#include <algorithm>

namespace esm::users {

error wrong_code() {
    return fail(errc::invalid_code, "the code is wrong, was used, or is older than ten minutes");
}

awaitable<std::optional<challenge>> prove_email::find(
    const context& ctx, const email_proof& given, std::array<challenge_purpose, 2> purposes
) {
    if (given.token.empty()) {
        co_return co_await challenge_store::find_newest(
            database_, given.email, purposes, now_us(), ctx.until
        );
    }
    const auto challenge_id = security::open_mailed_token(key_, given.token);
    if (!challenge_id) co_return std::nullopt;
    auto found = co_await challenge_store::find(database_, *challenge_id, ctx.until);
    if (!found || std::find(purposes.begin(), purposes.end(), found->purpose) == purposes.end()) {
        co_return std::nullopt;
    }
    co_return found;
}

bool prove_email::is_right(const challenge& asked, const email_proof& given) const {
    if (asked.user_id == 0) return false;
    // A token has opened with the key already.
    if (!given.token.empty()) return is_open(asked, now_us());
    return takes_codes(asked, now_us()) &&
           security::same_secret(given.code, security::mailed_code(key_, asked.challenge_id));
}

awaitable<std::optional<challenge>> prove_email::use(
    db::transaction& tx, const std::string& challenge_id, const email_proof& given
) {
    const auto asked = co_await challenge_store::lock(tx, challenge_id);
    if (!asked) co_return std::nullopt;
    if (!is_right(*asked, given)) {
        challenge_store::count_guess(tx, *asked);
        co_return std::nullopt;
    }
    challenge_store::use(tx, *asked, now_us());
    co_return asked;
}

}  // namespace esm::users
