// Deletes an account at its owner's wish, who proves the password. What is left is the audit, which holds ids
// alone; user.deleted.v1 makes every other service erase what it holds of the user.
#pragma once

#include "platform/db/database.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/users/audit.hpp"
#include "services/users/prove_password.hpp"

namespace esm::users {

class delete_user {
public:
    delete_user(prove_password& proving, db::database& database, outbox::outbox& outbox, audit& trail)
        : proving_(proving), database_(database), outbox_(outbox), audit_(trail) {}

    // errc::invalid_credentials, errc::rate_limited, errc::overloaded, errc::not_found; errc::conflict for
    // the last active administrator.
    awaitable<result<void>> run(const context& ctx, std::int64_t user_id, std::string password);

private:
    prove_password& proving_;
    db::database& database_;
    outbox::outbox& outbox_;
    audit& audit_;
};

}  // namespace esm::users
