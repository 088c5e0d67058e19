// Changes a password by its owner, who proves the current one. It ends every token of the user (credential
// epoch): the event tells the auth service. One transaction with the event and the audit entry.
#pragma once

#include "platform/db/database.hpp"
#include "platform/outbox/outbox.hpp"
#include "platform/security/password.hpp"
#include "services/users/audit.hpp"
#include "services/users/prove_password.hpp"

namespace esm::users {

// A hash for a password of this user: errc::weak_password names `pointer`; errc::overloaded.
awaitable<result<std::string>> hash_new_password(
    security::password_hasher& hasher, const user& whose, std::string password, std::string_view pointer
);

// Writes the new hash of a locked account with its event and audit entry; every token of the user ends.
awaitable<void> store_new_password(
    const context& ctx,
    db::transaction& tx,
    user account,
    const std::string& password_hash,
    std::string_view reason,
    outbox::outbox& outbox,
    audit& trail
);

class change_password {
public:
    change_password(
        security::password_hasher& hasher,
        prove_password& proving,
        db::database& database,
        outbox::outbox& outbox,
        audit& trail
    )
        : hasher_(hasher), proving_(proving), database_(database), outbox_(outbox), audit_(trail) {}

    // errc::invalid_credentials for a wrong current password, errc::rate_limited after several,
    // errc::weak_password, errc::overloaded, errc::not_found, errc::conflict when it was changed meanwhile.
    awaitable<result<void>> run(
        const context& ctx, std::int64_t user_id, std::string current, std::string wanted
    );

private:
    security::password_hasher& hasher_;
    prove_password& proving_;
    db::database& database_;
    outbox::outbox& outbox_;
    audit& audit_;
};

}  // namespace esm::users
