// See login.hpp.
#include "services/auth/login.hpp"

#include "platform/observe/log.hpp"
#include "services/auth/events.hpp"

namespace esm::auth {

awaitable<result<logged_in>> login::run(const context& ctx, login_request given) {
    auto who = co_await users_.check(ctx, given.identifier, std::move(given.password));
    const bool other_user = who && given.user_id && *given.user_id != who->user_id;
    if (other_user) who = fail(errc::invalid_credentials, "the user or the password is wrong");
    if (!who) {
        if (who.error().code == errc::invalid_credentials) co_await record_refusal(ctx, given.identifier);
        co_return who.error();
    }
    const auto open = [&](db::transaction& tx) -> awaitable<result<issued_tokens>> {
        co_return issuer_.open_session(ctx, tx, *who, given.refreshable);
    };
    auto tokens = co_await database_.transact(ctx.until, open);
    if (!tokens) co_return tokens.error();
    observe::log(observe::level::info, "login succeeded", ctx.trace, {{"userId", who->user_id}});
    co_return logged_in{std::move(*who), std::move(*tokens)};
}

awaitable<void> login::record_refusal(const context& ctx, const std::string& identifier) {
    const auto event = login_failed(identifier, "invalid_credentials", ctx.trace);
    observe::log(observe::level::warn, "login refused", ctx.trace, {{"identifierHash", event.key}});
    const auto publish = [&](db::transaction& tx) -> awaitable<result<void>> {
        outbox_.append(tx, event);
        co_return result<void>();
    };
    co_await database_.transact(ctx.until, publish);
}

}  // namespace esm::auth
