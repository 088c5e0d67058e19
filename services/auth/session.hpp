// A session: what somebody logged in to, or what a client was granted, and the scopes its tokens have.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/clock.hpp"

namespace esm::auth {

// The client whose sessions the logins of people are (RFC 6749 section 2.1: public, without a secret).
inline constexpr std::string_view own_client_id = "eventstreammonitor";

struct session {
    std::string session_id;   // UUID
    std::int64_t user_id{0};  // 0 for a client that acts for itself
    std::string username;
    std::vector<std::string> roles;
    instant_us created_at{0};
    instant_us expires_at{0};
    std::optional<instant_us> revoked_at;
    std::int64_t version{1};
    std::string client_id{own_client_id};
    std::vector<std::string> scopes;  // empty: what the roles give
    std::int64_t credential_epoch{1};
    std::string user_agent;  // as the client called itself, cut to 256 characters
    std::string address;     // where it was opened from
    instant_us last_used_at{0};
    bool mfa{false};  // a second factor was given
};

// The scopes of an access token: a user's own things; for administrators everyone's besides.
std::vector<std::string> scopes_of(const std::vector<std::string>& roles);
std::vector<std::string> scopes_of(const session& granted);

// A fresh refresh token: "esm_rt_" and 32 random bytes as base64url.
std::string make_refresh_token();

}  // namespace esm::auth
