// Logging in: asks the user service whether the password is right, then opens a session.
#pragma once

#include "platform/db/database.hpp"
#include "services/auth/identity.hpp"
#include "services/auth/token_issuer.hpp"

namespace esm::auth {

struct login_request {
    std::string identifier;  // username or e-mail address
    std::string password;
    std::optional<std::int64_t> user_id;  // must be the user's, where given
    bool refreshable{true};
};

struct logged_in {
    identity who;
    issued_tokens tokens;
};

class login {
public:
    login(
        credential_check& users,
        db::database& database,
        const token_issuer& issuer,
        const outbox::outbox& outbox
    )
        : users_(users), database_(database), issuer_(issuer), outbox_(outbox) {}

    // errc::invalid_credentials, errc::unavailable, errc::overloaded. A refused try leaves
    // auth.login_failed.v1.
    awaitable<result<logged_in>> run(const context& ctx, login_request given);

private:
    awaitable<void> record_refusal(const context& ctx, const std::string& identifier);

    credential_check& users_;
    db::database& database_;
    const token_issuer& issuer_;
    const outbox::outbox& outbox_;
};

}  // namespace esm::auth
