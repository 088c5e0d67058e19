// Ends the session of a refresh token. The token is the credential, so that one can log out after the access
// token has expired.
#pragma once

#include "services/auth/end_sessions.hpp"

namespace esm::auth {

class logout {
public:
    logout(db::database& database, const end_sessions& ending) : database_(database), ending_(ending) {}

    // The same for an unknown, used or revoked token: nothing is told about it.
    awaitable<result<void>> run(const context& ctx, const std::string& token);

private:
    db::database& database_;
    const end_sessions& ending_;
};

}  // namespace esm::auth
