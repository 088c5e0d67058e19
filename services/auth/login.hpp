// Logging in: asks the user service whether the password is right, then opens a session.
#pragma once

#include "platform/db/database.hpp"
#include "services/auth/identity.hpp"
#include "services/auth/login_limits.hpp"
#include "services/auth/second_factor.hpp"
#include "services/auth/token_issuer.hpp"

namespace esm::auth {

struct login_request {
    std::string identifier;  // username or e-mail address
    std::string password;
    std::optional<std::int64_t> user_id;  // must be the user's, where given
    std::string device_token;             // of an earlier login on this device; may be empty
    session_request how;
};

struct logged_in {
    identity who;
    issued_tokens tokens;
    std::string device_token;
    std::string
        challenge_id;  // not empty: the second factor is to be given first, and there are no tokens yet
};

inline constexpr std::chrono::seconds challenge_lifetime{300};

class login {
public:
    login(
        credential_check& users,
        db::database& database,
        const token_issuer& issuer,
        const outbox::outbox& outbox,
        login_limits& limits,
        second_factor& factor
    )
        : users_(users),
          database_(database),
          issuer_(issuer),
          outbox_(outbox),
          limits_(limits),
          factor_(factor) {}

    // errc::invalid_credentials, errc::rate_limited, errc::mfa_required for a token without a session where a
    // second factor is on, errc::unavailable, errc::overloaded. A refused try leaves auth.login_failed.v1.
    awaitable<result<logged_in>> run(const context& ctx, login_request given);

private:
    awaitable<result<identity>> check(const context& ctx, login_limits::attempt& tried, login_request& given);
    awaitable<result<std::optional<issued_tokens>>> open_session(
        const context& ctx,
        db::transaction& tx,
        const login_limits::attempt& tried,
        const identity& who,
        const session_request& how
    );
    awaitable<result<logged_in>> ask_second_factor(const context& ctx, identity who);
    awaitable<void> record_refusal(const context& ctx, const std::string& identifier, errc why);

    credential_check& users_;
    db::database& database_;
    const token_issuer& issuer_;
    const outbox::outbox& outbox_;
    login_limits& limits_;
    second_factor& factor_;
};

}  // namespace esm::auth
