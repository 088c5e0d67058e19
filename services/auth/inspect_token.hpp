// What is known of a token of any kind, and its end: introspection (RFC 7662) and revocation (RFC 7009), over
// REST and gRPC.
#pragma once

#include "platform/security/authenticator.hpp"
#include "services/auth/api_keys.hpp"
#include "services/auth/end_sessions.hpp"

namespace esm::auth {

class inspect_token {
public:
    inspect_token(
        db::database& database, security::authenticator& tokens, api_keys& keys, const end_sessions& ending
    )
        : database_(database), tokens_(tokens), keys_(keys), ending_(ending) {}

    // Whose token it is and what it may; nothing for one that is no good now. errc::unavailable.
    awaitable<result<std::optional<principal>>> introspect(const context& ctx, const std::string& token);

    // Ends the session or API key of the token where it was issued to this client (empty: to any); the same
    // answer where there is none. errc::forbidden for another client's.
    awaitable<result<void>> revoke(const context& ctx, const std::string& token, std::string_view client_id);

private:
    awaitable<result<std::optional<principal>>> revocable(const context& ctx, const std::string& token);
    awaitable<std::optional<principal>> holder_of_refresh_token(const context& ctx, const std::string& token);

    db::database& database_;
    security::authenticator& tokens_;
    api_keys& keys_;
    const end_sessions& ending_;
};

}  // namespace esm::auth
