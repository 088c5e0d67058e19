// Logging in: asks the user service whether the password is right, then opens a session.
#pragma once

#include "platform/db/database.hpp"
#include "services/auth/identity.hpp"
#include "services/auth/login_limits.hpp"
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
};

class login {
public:
    login(
        credential_check& users,
        db::database& database,
        const token_issuer& issuer,
        const outbox::outbox& outbox,
        login_limits& limits
    )
        : users_(users), database_(database), issuer_(issuer), outbox_(outbox), limits_(limits) {}

    // errc::invalid_credentials, errc::rate_limited, errc::unavailable, errc::overloaded. A refused try
    // leaves auth.login_failed.v1.
    awaitable<result<logged_in>> run(const context& ctx, login_request given);

private:
    awaitable<result<identity>> check(const context& ctx, login_request& given);
    awaitable<void> record_refusal(const context& ctx, const std::string& identifier, errc why);

    credential_check& users_;
    db::database& database_;
    const token_issuer& issuer_;
    const outbox::outbox& outbox_;
    login_limits& limits_;
};

}  // namespace esm::auth
