// Issues the tokens of a session: the access token (RFC 9068) and, for a session that can be refreshed, its
// first refresh token; a session row and its event come with them in the caller's transaction.
#pragma once

#include "platform/outbox/outbox.hpp"
#include "services/auth/config.hpp"
#include "services/auth/identity.hpp"
#include "services/auth/key_ring.hpp"
#include "services/auth/session.hpp"

namespace esm::auth {

struct issued_tokens {
    std::string access_token;
    std::string refresh_token;  // empty where none was asked for
    std::int64_t expires_in_s{0};
};

// Where a session is opened from, and how.
struct session_request {
    bool refreshable{true};
    bool mfa{false};
    std::string user_agent;
    std::string address;
};

class token_issuer {
public:
    token_issuer(const key_ring& keys, const outbox::outbox& outbox, const config& settings)
        : keys_(keys), outbox_(outbox), settings_(settings) {}

    // A new session of this user. errc::unavailable before the signing keys are loaded;
    // errc::invalid_credentials where the password, the lock or the roles changed since they were checked.
    awaitable<result<issued_tokens>> open_session(
        const context& ctx, db::transaction& tx, const identity& user, session_request how
    ) const;

    // Another access token of a session that stands.
    result<std::string> access_token(const session& of, instant_us now) const;

    std::int64_t access_lifetime_s() const { return settings_.access_token_lifetime / 1000; }

private:
    const key_ring& keys_;
    const outbox::outbox& outbox_;
    const config& settings_;
};

}  // namespace esm::auth
