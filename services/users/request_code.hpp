// Mails a code that proves an address: to verify it, or for a new password. Whoever asks learns nothing:
// where nothing is mailed, the same is answered after the same work.
#pragma once

#include "platform/base/context.hpp"
#include "platform/outbox/outbox.hpp"
#include "platform/security/sealed.hpp"
#include "platform/throttle/throttle.hpp"
#include "services/users/challenge.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

class request_code {
public:
    request_code(db::database& database, const outbox::outbox& outbox, const security::master_key& key);

    // `purpose`: email_verification or password_reset. At most five mails an address, purpose and hour.
    awaitable<result<void>> run(const context& ctx, challenge_purpose purpose, const std::string& email);

    // To the address that the user wants to have: errc::email_taken, errc::rate_limited.
    awaitable<result<void>> change(const context& ctx, const user& who, const std::string& email);

private:
    awaitable<result<void>> open(
        const context& ctx, const user* to, challenge_purpose purpose, const std::string& email
    );

    db::database& database_;
    const outbox::outbox& outbox_;
    const std::string key_id_;
    throttle::rate_limit mails_;
};

}  // namespace esm::users
