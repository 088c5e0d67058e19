// Takes the answer to a mailed code for an address: the account's own is verified, or the new one becomes the
// account's. One transaction with the event and the audit entry.
#pragma once

#include "platform/outbox/outbox.hpp"
#include "services/users/audit.hpp"
#include "services/users/prove_email.hpp"

namespace esm::users {

class verify_email {
public:
    verify_email(prove_email& proving, db::database& database, outbox::outbox& outbox, audit& trail)
        : proving_(proving), database_(database), outbox_(outbox), audit_(trail) {}

    // errc::invalid_code for whatever does not hold; errc::email_taken where somebody else has the new
    // address by now.
    awaitable<result<void>> run(const context& ctx, const email_proof& given);

private:
    awaitable<result<bool>> apply(const context& ctx, db::transaction& tx, const challenge& used);

    prove_email& proving_;
    db::database& database_;
    outbox::outbox& outbox_;
    audit& audit_;
};

}  // namespace esm::users
