// See register_user.hpp.
#include "services/users/register_user.hpp"

#include "services/users/events.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

awaitable<result<register_user::prepared>> register_user::prepare(
    const context& ctx, registration given, std::vector<std::string> roles
) {
    const std::vector<std::string> hints{given.username, given.email, given.first_name, given.last_name};
    if (auto strength = security::check_password_strength(given.password, hints); !strength) {
        auto refusal = strength.error();
        if (refusal.fields.empty()) refusal.fields.push_back({"/password", "weak_password", refusal.detail});
        co_return refusal;
    }
    auto hash = co_await hasher_.hash(std::move(given.password));
    if (!hash) co_return hash.error();

    prepared ready;
    ready.password_hash = std::move(*hash);
    ready.who.user_id = co_await ids_.next(ctx.until);
    ready.who.username = std::move(given.username);
    ready.who.email = std::move(given.email);
    ready.who.first_name = std::move(given.first_name);
    ready.who.last_name = std::move(given.last_name);
    ready.who.date_of_birth = std::move(given.date_of_birth);
    ready.who.phone = std::move(given.phone);
    ready.who.locale = std::move(given.locale);
    ready.who.roles = std::move(roles);
    ready.who.created_at = ready.who.updated_at = now_us();
    co_return ready;
}

awaitable<result<user>> register_user::store(const context& ctx, db::transaction& tx, const prepared& ready) {
    switch (co_await user_store::insert(tx, ready.who, ready.password_hash)) {
        case user_store::taken::username:
            co_return user_store::username_taken();
        case user_store::taken::email:
            co_return user_store::email_taken();
        case user_store::taken::none:
            break;
    }
    outbox_.append(tx, user_registered(ready.who, ctx.trace));
    co_await audit_.append(ctx, tx, "user.registered", ready.who.user_id);
    co_return ready.who;
}

}  // namespace esm::users
