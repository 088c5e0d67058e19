// See login.hpp.
#include "services/auth/login.hpp"

#include "platform/base/random.hpp"
#include "platform/observe/log.hpp"
#include "services/auth/events.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

awaitable<result<logged_in>> login::run(const context& ctx, login_request given) {
    auto tried = limits_.about(given.identifier, given.how.address, given.device_token);
    auto who = co_await check(ctx, tried, given);
    if (!who) {
        const auto why = who.error().code;
        if (why == errc::invalid_credentials || why == errc::rate_limited) {
            co_await record_refusal(ctx, given.identifier, why);
        }
        co_return who.error();
    }
    const auto finish = [&](db::transaction& tx) { return open_session(ctx, tx, tried, *who, given.how); };
    auto tokens = co_await database_.transact(ctx.until, finish);
    if (!tokens) co_return tokens.error();
    if (!*tokens) {
        if (given.how.refreshable) co_return co_await ask_second_factor(ctx, std::move(*who));
        co_return fail(
            errc::mfa_required, "log in with /auth/login and the second factor, or use an API key"
        );
    }
    observe::log(observe::level::info, "login succeeded", ctx.trace, {{"userId", who->user_id}});
    auto device = limits_.device_token(*who);
    co_return logged_in{std::move(*who), std::move(**tokens), std::move(device), {}};
}

// One transaction for all that a right password changes; no tokens where a second factor is on.
awaitable<result<std::optional<issued_tokens>>> login::open_session(
    const context& ctx,
    db::transaction& tx,
    const login_limits::attempt& tried,
    const identity& who,
    const session_request& how
) {
    limits_.was_right(tx, tried);
    if (co_await factor_.is_on(tx, who.user_id)) co_return std::optional<issued_tokens>();
    auto issued = co_await issuer_.open_session(ctx, tx, who, how);
    if (!issued) co_return issued.error();
    co_return std::optional<issued_tokens>(std::move(*issued));
}

awaitable<result<logged_in>> login::ask_second_factor(const context& ctx, identity who) {
    const auto challenge = "esm_mfa_" + random_base64url(32);
    const auto now = now_us();
    const boost::json::object kept{
        {"userId", who.user_id},
        {"username", who.username},
        {"roles", boost::json::value_from(who.roles)},
        {"profile", who.profile},
    };
    co_await database_.query(
        ctx.until,
        sql::insert_mfa_challenge,
        security::sha256_hex(challenge),
        who.user_id,
        boost::json::serialize(kept),
        who.credential_epoch,
        now,
        now + std::chrono::microseconds(challenge_lifetime).count()
    );
    co_return logged_in{std::move(who), {}, {}, challenge};
}

awaitable<result<identity>> login::check(
    const context& ctx, login_limits::attempt& tried, login_request& given
) {
    if (const auto admitted = co_await limits_.admit(tried, ctx.until); !admitted) co_return admitted.error();
    auto who = co_await users_.check(ctx, given.identifier, std::move(given.password));
    const bool other_user = who && given.user_id && *given.user_id != who->user_id;
    if (other_user) co_return fail(errc::invalid_credentials, "the user or the password is wrong");
    if (!who && who.error().code != errc::invalid_credentials) {
        co_await database_.transact(ctx.until, [&](db::transaction& tx) -> awaitable<result<void>> {
            limits_.was_none(tx, tried);
            co_return result<void>();
        });
    }
    co_return who;
}

awaitable<void> login::record_refusal(const context& ctx, const std::string& identifier, errc why) {
    const auto hash = limits_.identifier_hash(identifier);
    observe::log(
        observe::level::warn,
        "login refused",
        ctx.trace,
        {{"identifierHash", hash}, {"reason", std::string(info(why).name)}}
    );
    // Wrong passwords are limited in number, refusals of tries are not: they must not fill the topic.
    if (why != errc::invalid_credentials) co_return;
    const auto event = login_failed(hash, ctx.trace);
    const auto publish = [&](db::transaction& tx) -> awaitable<result<void>> {
        outbox_.append(tx, event);
        co_return result<void>();
    };
    co_await database_.transact(ctx.until, publish);
}

}  // namespace esm::auth
