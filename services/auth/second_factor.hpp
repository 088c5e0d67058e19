// The second factor of an account: an authenticator app's codes, and ten recovery codes for its loss. Secrets
// are sealed, recovery codes hashed, each code works once.
#pragma once

#include "platform/db/database.hpp"
#include "platform/security/sealed.hpp"
#include "services/auth/end_sessions.hpp"
#include "services/auth/identity.hpp"
#include "services/auth/login_limits.hpp"

namespace esm::auth {

struct enrolment {
    std::string secret;  // base32, for typing
    std::string uri;     // for a QR code
};

// What is given as the second factor: one of the two.
struct second_proof {
    std::string code, recovery_code;
};

class second_factor {
public:
    second_factor(
        db::database& database,
        credential_check& users,
        const security::master_key& master,
        const end_sessions& ending
    )
        : database_(database),
          users_(users),
          master_(master),
          ending_(ending),
          wrong_(database, "second-factor") {}

    // Begins; nothing is asked for at login until it is confirmed. errc::invalid_credentials,
    // errc::rate_limited, errc::conflict where one is on.
    awaitable<result<enrolment>> enroll(const context& ctx, std::string password);
    // Turns it on; answers the recovery codes, once. errc::invalid_code, errc::rate_limited, errc::conflict.
    awaitable<result<std::vector<std::string>>> confirm(const context& ctx, const std::string& code);
    // New recovery codes; the old ones end. The same errors.
    awaitable<result<std::vector<std::string>>> renew_recovery(const context& ctx, const std::string& code);
    // errc::invalid_credentials, errc::invalid_code, errc::rate_limited; fine where none is on, without a
    // proof too.
    awaitable<result<void>> turn_off(const context& ctx, std::string password, second_proof given);
    // By an administrator, for a user who lost device and codes: with it end the user's sessions, whoever has
    // them. errc::not_found where none is on.
    awaitable<result<void>> reset(const context& ctx, std::int64_t user_id);

    awaitable<bool> is_on(std::int64_t user_id, deadline until);
    awaitable<bool> is_on(db::transaction& tx, std::int64_t user_id);

    // Uses up the proof in the caller's transaction. False where it is wrong or used.
    awaitable<bool> use(db::transaction& tx, std::int64_t user_id, const second_proof& given);

    // All there is of it, in the caller's transaction.
    static void remove(db::transaction& tx, std::int64_t user_id);

    // Wrong codes are counted for each user besides each challenge: whoever knows the password gets no
    // unlimited number of challenges.
    throttle::failure_backoff& wrong_codes() { return wrong_; }

private:
    awaitable<result<void>> prove_password(const context& ctx, std::string password);
    awaitable<result<std::vector<std::string>>> with_code(
        const context& ctx, const std::string& code, bool confirming
    );
    std::string code_hash(std::int64_t user_id, std::string_view recovery_code) const;

    db::database& database_;
    credential_check& users_;
    const security::master_key& master_;
    const end_sessions& ending_;
    throttle::failure_backoff wrong_;
};

}  // namespace esm::auth
