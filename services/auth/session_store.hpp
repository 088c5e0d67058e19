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
    std::string token_hash;
    instant_us expires_at{0};
    std::optional<instant_us> used_at;
    std::string successor_sealed;
};

struct new_token {
    std::string token, session_id;
    instant_us issued_at{0}, expires_at{0};
};

struct used_token {
    std::string token_hash, session_id, successor_sealed;
    instant_us used_at{0};
};

// The session a row of the statements here begins with.
session read_session(const db::row& from);

void insert(db::transaction& tx, const session& added);
// Sessions of clients that act for themselves.
void insert_of_clients(db::transaction& tx, const std::vector<session>& added);
void insert_tokens(db::transaction& tx, const std::vector<new_token>& added);

// Locks the tokens' sessions until the transaction ends: uses, logout and revocation come one after the
// other. Unknown tokens are left out.
awaitable<std::vector<stored_token>> lock_tokens(db::transaction& tx, db::text_list token_hashes);

awaitable<std::optional<stored_token>> find_token(
    db::database& source, const std::string& token_hash, deadline until
);

void mark_used(db::transaction& tx, const std::vector<used_token>& used);

// The session as it is now; nothing where it did not stand, or is another's. `user_id` 0: anybody's.
awaitable<std::optional<session>> revoke(
    db::transaction& tx, const std::string& session_id, std::int64_t user_id, instant_us at
);
// All that stand of a user with a credential epoch below, but for `kept`.
awaitable<std::vector<session>> revoke_of_user(
    db::transaction& tx,
    std::int64_t user_id,
    std::int64_t epoch_below,
    instant_us at,
    const std::string& kept = {}
);
// The larger of what is known and `epoch`, locked until the transaction ends: whoever opens a session and
// whoever ends them for a new password wait for each other here.
awaitable<std::int64_t> raise_epoch(db::transaction& tx, std::int64_t user_id, std::int64_t epoch);

struct place {
    instant_us created_at{std::numeric_limits<instant_us>::max()};
    std::string session_id;
};
// The sessions of a user that stand, newest first.
awaitable<std::vector<session>> list(
    db::database& source, std::int64_t user_id, const place& after, std::int64_t limit, deadline until
);
awaitable<std::optional<session>> find(db::database& source, const std::string& session_id, deadline until);

}  // namespace esm::auth::session_store
