// Checks a password for the auth service. A wrong password, an unknown user and a locked one are told apart
// neither by the answer nor by its time.
#pragma once

#include "platform/base/context.hpp"
#include "platform/security/password.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

class validate_credentials {
public:
    validate_credentials(security::password_hasher& hasher, db::database& database)
        : hasher_(hasher), database_(database) {}

    // `identifier`: username or e-mail address. errc::invalid_credentials, errc::overloaded.
    awaitable<result<user>> check(const context& ctx, std::string identifier, std::string password);

private:
    security::password_hasher& hasher_;
    db::database& database_;
};

}  // namespace esm::users
