// A login session, what its roles may do, and the tokens that come of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"

namespace esm::auth {

struct session {
    std::string session_id;  // UUID
    std::int64_t user_id{0};
    std::string username;
    std::vector<std::string> roles;
    instant_us created_at{0};
    instant_us expires_at{0};
    std::optional<instant_us> revoked_at;
    std::int64_t version{1};
};

// The scopes of an access token: a user's own things; for administrators everyone's besides.
std::vector<std::string> scopes_of(const std::vector<std::string>& roles);

// A fresh refresh token: "esm_rt_" and 32 random bytes as base64url.
std::string make_refresh_token();

}  // namespace esm::auth
