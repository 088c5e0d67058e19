// See mfa_login.hpp.
#include "services/auth/mfa_login.hpp"

#include "platform/observe/log.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

namespace {

constexpr std::int64_t guesses_max = 5;

error wrong_code() {
    return fail(errc::invalid_code, "the code is wrong, or the login took too long");
}

identity read_identity(std::string_view stored, std::int64_t epoch) {
    const auto json = boost::json::parse(stored).as_object();
    identity who;
    who.user_id = json.at("userId").as_int64();
    who.username = std::string(json.at("username").as_string());
    for (const auto& role : json.at("roles").as_array()) who.roles.emplace_back(role.as_string());
    who.profile = json.at("profile").as_object();
    who.credential_epoch = epoch;
    return who;
}

// What one answer came to; a wrong guess has to be committed too.
struct answered {
    std::optional<identity> who;
    issued_tokens tokens;
    std::int64_t user_id{0};
};

}  // namespace

awaitable<result<logged_in>> mfa_login::run(
    const context& ctx, const std::string& challenge_id, second_proof given, session_request how
) {
    const auto hash = security::sha256_hex(challenge_id);
    const auto whose = co_await database_.query(ctx.until, sql::find_mfa_challenge, hash);
    if (whose.empty()) co_return wrong_code();
    const auto key = whose.front().text(0);
    if (const auto ok = co_await factor_.wrong_codes().admit(key, ctx.until); !ok) co_return ok.error();
    how.mfa = true;
    const auto work = [&](db::transaction& tx) -> awaitable<result<answered>> {
        const auto found = co_await tx.query(sql::lock_mfa_challenge, hash);
        if (found.empty()) co_return wrong_code();
        const auto row = found.front();
        const bool open = row.is_null(5) && row.integer(3) < guesses_max && row.integer(4) > now_us();
        if (!open) co_return wrong_code();
        answered outcome;
        outcome.user_id = row.integer(0);
        std::optional<instant_us> used_at;
        if (co_await factor_.use(tx, outcome.user_id, given)) {
            auto who = read_identity(row.view(1), row.integer(2));
            auto tokens = co_await issuer_.open_session(ctx, tx, who, how);
            if (!tokens) co_return tokens.error();
            outcome.tokens = std::move(*tokens);
            outcome.who = std::move(who);
            used_at = now_us();
        }
        tx.exec(sql::count_mfa_guess, hash, used_at);
        co_return outcome;
    };
    auto done = co_await database_.transact(ctx.until, work);
    if (!done) co_return done.error();
    if (!done->who) {
        observe::log(observe::level::warn, "second factor refused", ctx.trace, {{"userId", done->user_id}});
        co_return wrong_code();
    }
    co_await factor_.wrong_codes().succeeded(key, ctx.until);
    observe::log(
        observe::level::info, "login succeeded", ctx.trace, {{"userId", done->user_id}, {"mfa", true}}
    );
    auto device = limits_.device_token(*done->who);
    co_return logged_in{std::move(*done->who), std::move(done->tokens), std::move(device), {}};
}

}  // namespace esm::auth
