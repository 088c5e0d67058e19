// Ends the session of a refresh token. The token is the credential, so that one can log out after the access
// token has expired.
#pragma once

#include "platform/db/database.hpp"
#include "platform/outbox/outbox.hpp"

namespace esm::auth {

class logout {
public:
    logout(db::database& database, const outbox::outbox& outbox) : database_(database), outbox_(outbox) {}

    // The same for an unknown, used or revoked token: nothing is told about it.
    awaitable<result<void>> run(const context& ctx, const std::string& token);

private:
    db::database& database_;
    const outbox::outbox& outbox_;
};

}  // namespace esm::auth
