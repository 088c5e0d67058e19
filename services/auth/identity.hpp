// A user as the auth service sees one, and where it asks whether a password is right.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "platform/async/awaitable.hpp"
#include "platform/base/context.hpp"
#include "platform/base/result.hpp"

namespace esm::auth {

struct identity {
    std::int64_t user_id{0};
    std::string username;
    std::vector<std::string> roles;
    boost::json::object profile;  // the user as contracts/openapi/users.yaml shows it
    // Grows with each change that ends the user's tokens; a session of a smaller one does not stand.
    std::int64_t credential_epoch{1};
};

// The user service: over gRPC (users_client), or in the same process (app/).
class credential_check {
public:
    virtual ~credential_check() = default;
    // errc::invalid_credentials alike for an unknown user and a wrong password; errc::unavailable,
    // errc::overloaded.
    virtual awaitable<result<identity>> check(
        const context& ctx, std::string identifier, std::string password
    ) = 0;
    virtual awaitable<bool> is_ready(deadline until) = 0;
};

}  // namespace esm::auth
