// See request_code.hpp.
#include "services/users/request_code.hpp"

#include "platform/base/random.hpp"
#include "platform/security/mailed_code.hpp"
#include "services/users/challenge_store.hpp"
#include "services/users/events.hpp"

namespace esm::users {

namespace {

constexpr std::int64_t mails_max = 5;
constexpr std::chrono::hours mails_window{1};

std::string limit_key(challenge_purpose purpose, const std::string& email) {
    return fmt::format("{} {}", to_text(purpose), name_key(email));
}

bool wants_mail(const user& who, challenge_purpose purpose) {
    if (who.state != account_state::active) return false;
    return purpose == challenge_purpose::password_reset || !who.email_verified;
}

}  // namespace

request_code::request_code(
    db::database& database, const outbox::outbox& outbox, const security::master_key& key
)
    : database_(database),
      outbox_(outbox),
      key_id_(security::code_key_id(key)),
      mails_(database, "mailed-code", mails_max, mails_window) {}

awaitable<result<void>> request_code::run(
    const context& ctx, challenge_purpose purpose, const std::string& email
) {
    const auto found = co_await user_store::find_by_identifier(database_, email, ctx.until);
    const auto admitted = co_await mails_.take(limit_key(purpose, email), ctx.until);
    // One mail too many must not take the place of those that were sent.
    if (!admitted) purpose = challenge_purpose::none;
    const bool mailed = admitted && found && wants_mail(found->who, purpose);
    co_return co_await open(ctx, mailed ? &found->who : nullptr, purpose, email);
}

awaitable<result<void>> request_code::change(const context& ctx, const user& who, const std::string& email) {
    const auto other = co_await user_store::find_by_identifier(database_, email, ctx.until);
    if (other && other->who.user_id != who.user_id) co_return user_store::email_taken();
    // For the account, and for the address: nobody is to be mailed by many accounts either.
    for (const auto& key :
         {fmt::format("email_change of {}", who.user_id), limit_key(challenge_purpose::email_change, email)
         }) {
        if (const auto admitted = co_await mails_.take(key, ctx.until); !admitted) co_return admitted.error();
    }
    co_return co_await open(ctx, &who, challenge_purpose::email_change, email);
}

awaitable<result<void>> request_code::open(
    const context& ctx, const user* to, challenge_purpose purpose, const std::string& email
) {
    challenge opened;
    opened.challenge_id = make_uuid();
    opened.user_id = to != nullptr ? to->user_id : 0;
    opened.purpose = purpose;
    opened.email = email;
    opened.created_at = now_us();
    opened.expires_at = opened.created_at + challenge_lifetime_us;
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        challenge_store::insert(tx, opened);
        if (to != nullptr) outbox_.append(tx, user_code_requested(*to, opened, key_id_, ctx.trace));
        co_return result<void>();
    };
    co_return co_await database_.transact(ctx.until, work);
}

}  // namespace esm::users
