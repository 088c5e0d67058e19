// Sessions and refresh tokens in AUTH_TOKENS. Tokens are stored as SHA-256 only; every call takes the
// caller's transaction or database.
#pragma once

#include <optional>
#include <string>

#include "platform/db/database.hpp"
#include "services/auth/session.hpp"

namespace esm::auth::session_store {

struct stored_token {
    session of;
    instant_us expires_at{0};
    std::optional<instant_us> used_at;
    std::string successor_sealed;
};

void insert(db::transaction& tx, const session& added);
void insert_token(
    db::transaction& tx,
    const std::string& token,
    const std::string& session_id,
    instant_us issued_at,
    instant_us expires_at
);

// Locks the token's session until the transaction ends: uses, logout and revocation come one after the other.
awaitable<std::optional<stored_token>> lock_token(db::transaction& tx, const std::string& token);

void mark_used(
    db::transaction& tx, const std::string& token, instant_us used_at, const std::string& successor_sealed
);

void revoke(db::transaction& tx, const std::string& session_id, instant_us revoked_at);

// False also for a session nobody knows.
awaitable<bool> is_live(db::database& source, const std::string& session_id, deadline until);

}  // namespace esm::auth::session_store
