// Locks and unlocks an account, for administrators. Locking ends every token of the user (credential epoch):
// the event tells the auth service. One transaction with the event and the audit entry; an account that is
// already so is answered unchanged.
#pragma once

#include "platform/db/database.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/users/audit.hpp"
#include "services/users/user.hpp"

namespace esm::users {

class lock_user {
public:
    lock_user(db::database& database, outbox::outbox& outbox, audit& trail)
        : database_(database), outbox_(outbox), audit_(trail) {}

    // errc::not_found; errc::conflict for the caller's own account and for the last active administrator.
    awaitable<result<user>> lock(
        const context& ctx, std::int64_t user_id, const std::optional<std::string>& reason
    );
    // errc::not_found.
    awaitable<result<user>> unlock(const context& ctx, std::int64_t user_id);

private:
    db::database& database_;
    outbox::outbox& outbox_;
    audit& audit_;
};

}  // namespace esm::users
