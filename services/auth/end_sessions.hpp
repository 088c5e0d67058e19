// Ends sessions, API keys and clients' grants: the row, the event by which every service learns of it, and
// this process's own knowledge, right after the commit.
#pragma once

#include "platform/db/database.hpp"
#include "platform/outbox/outbox.hpp"
#include "platform/security/revocations.hpp"
#include "services/auth/config.hpp"
#include "services/auth/session.hpp"

namespace esm::auth {

class end_sessions {
public:
    end_sessions(
        db::database& database,
        const outbox::outbox& outbox,
        security::revocations& revoked,
        const config& settings
    )
        : database_(database), outbox_(outbox), revoked_(revoked), settings_(settings) {}

    // One session of the user (0: of anybody). False where it did not stand or is another's.
    awaitable<result<bool>> one(
        const context& ctx, const std::string& session_id, std::int64_t user_id, std::string_view reason
    ) const;
    // All of the user's, but for `kept`.
    awaitable<result<void>> all(const context& ctx, std::int64_t user_id, const std::string& kept) const;
    // The same within the caller's transaction.
    awaitable<void> all(
        db::transaction& tx,
        std::int64_t user_id,
        const std::string& kept,
        std::string_view reason,
        const trace_context& trace
    ) const;

    // Within the caller's transaction: what the user has of a smaller credential epoch, API keys included.
    awaitable<void> below_epoch(
        db::transaction& tx,
        std::int64_t user_id,
        std::int64_t epoch,
        std::string_view reason,
        const trace_context& trace
    ) const;

    // A session whose refresh token was used again after the grace. `of` has its revoked_at set; its row is
    // locked.
    void end_stolen(db::transaction& tx, session of, const trace_context& trace) const;

    // Announces what the caller's transaction has ended: a session, an API key or a client, by its id.
    void announce(
        db::transaction& tx, const session& ended, std::string_view reason, const trace_context& trace
    ) const;

private:
    db::database& database_;
    const outbox::outbox& outbox_;
    security::revocations& revoked_;
    const config& settings_;
};

}  // namespace esm::auth
