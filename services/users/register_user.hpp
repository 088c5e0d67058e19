// Registers a user: password rules and hash, then the account and its user.registered.v1 event in one
// transaction.
#pragma once

#include "platform/db/id_block.hpp"
#include "platform/outbox/outbox.hpp"
#include "platform/security/password.hpp"
#include "services/users/audit.hpp"
#include "services/users/registration.hpp"
#include "services/users/user.hpp"

namespace esm::users {

class register_user {
public:
    register_user(security::password_hasher& hasher, db::id_block& ids, outbox::outbox& outbox, audit& trail)
        : hasher_(hasher), ids_(ids), outbox_(outbox), audit_(trail) {}

    // Checked and hashed, but not yet stored: what costs 33 ms happens before a transaction opens.
    struct prepared {
        user who;
        std::string password_hash;
    };

    // errc::weak_password; errc::overloaded when too many passwords wait to be hashed.
    awaitable<result<prepared>> prepare(
        const context& ctx, registration given, std::vector<std::string> roles
    );

    // errc::username_taken or errc::email_taken, also when two race.
    awaitable<result<user>> store(const context& ctx, db::transaction& tx, const prepared& ready);

private:
    security::password_hasher& hasher_;
    db::id_block& ids_;
    outbox::outbox& outbox_;
    audit& audit_;
};

}  // namespace esm::users
