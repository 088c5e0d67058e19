// The second step of a login: a challenge is made when the password was right, and answered with the second
// factor. A challenge is random, hashed at rest, good for five minutes and five guesses, and works once.
#pragma once

#include "services/auth/login.hpp"
#include "services/auth/second_factor.hpp"

namespace esm::auth {

class mfa_login {
public:
    mfa_login(
        db::database& database, const token_issuer& issuer, second_factor& factor, const login_limits& limits
    )
        : database_(database), issuer_(issuer), factor_(factor), limits_(limits) {}

    // errc::invalid_code alike for a wrong code and an unknown, used, expired or exhausted challenge;
    // errc::rate_limited.
    awaitable<result<logged_in>> run(
        const context& ctx, const std::string& challenge_id, second_proof given, session_request how
    );

private:
    db::database& database_;
    const token_issuer& issuer_;
    second_factor& factor_;
    const login_limits& limits_;
};

}  // namespace esm::auth
