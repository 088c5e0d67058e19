// See session.hpp.
#include "services/auth/session.hpp"

#include "platform/base/random.hpp"

namespace esm::auth {

std::vector<std::string> scopes_of(const std::vector<std::string>& roles) {
    std::vector<std::string> scopes{
        "users:read", "users:write", "tasks:read", "tasks:write", "notifications:read", "notifications:write"
    };
    if (std::find(roles.begin(), roles.end(), "admin") != roles.end()) {
        scopes.insert(
            scopes.end(),
            {"users:admin", "auth:admin", "tasks:admin", "notifications:admin", "notifications:send"}
        );
    }
    return scopes;
}

std::vector<std::string> scopes_of(const session& granted) {
    return granted.scopes.empty() && granted.user_id != 0 ? scopes_of(granted.roles) : granted.scopes;
}

std::string make_refresh_token() {
    return "esm_rt_" + random_base64url(32);
}

}  // namespace esm::auth
