// Asks the owner of an account for the password once more, before what cannot be undone. Wrong ones are
// delayed as at login (security.md): a stolen token is no way to guess.
#pragma once

#include "platform/base/context.hpp"
#include "platform/db/database.hpp"
#include "platform/security/password.hpp"
#include "platform/throttle/throttle.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

class prove_password {
public:
    prove_password(
        security::password_hasher& hasher, db::database& database, throttle::failure_backoff& wrong
    )
        : hasher_(hasher), database_(database), wrong_(wrong) {}

    // The account. errc::invalid_credentials, errc::rate_limited, errc::overloaded, errc::not_found.
    awaitable<result<user_store::account>> run(
        const context& ctx, std::int64_t user_id, std::string password
    );

private:
    security::password_hasher& hasher_;
    db::database& database_;
    throttle::failure_backoff& wrong_;
};

}  // namespace esm::users
