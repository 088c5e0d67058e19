// Takes a new password with the answer to a mailed code. It ends every token of the user, as a change does.
#pragma once

#include "platform/outbox/outbox.hpp"
#include "platform/security/password.hpp"
#include "services/users/audit.hpp"
#include "services/users/prove_email.hpp"
#include "services/users/user.hpp"

namespace esm::users {

class reset_password {
public:
    reset_password(
        security::password_hasher& hasher,
        prove_email& proving,
        db::database& database,
        outbox::outbox& outbox,
        audit& trail
    )
        : hasher_(hasher), proving_(proving), database_(database), outbox_(outbox), audit_(trail) {}

    // errc::invalid_code for whatever does not hold; errc::weak_password (the code stays good),
    // errc::overloaded.
    awaitable<result<void>> run(const context& ctx, const email_proof& given, std::string password);

private:
    // The account of a right answer; without one the guess is counted.
    awaitable<result<std::optional<user>>> check(
        const context& ctx, const challenge& asked, const email_proof& given
    );

    security::password_hasher& hasher_;
    prove_email& proving_;
    db::database& database_;
    outbox::outbox& outbox_;
    audit& audit_;
};

}  // namespace esm::users
