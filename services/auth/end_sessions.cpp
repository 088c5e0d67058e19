// See end_sessions.hpp.
#include "services/auth/end_sessions.hpp"

#include "platform/observe/log.hpp"
#include "services/auth/events.hpp"
#include "services/auth/session_store.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

void end_sessions::announce(
    db::transaction& tx, const session& ended, std::string_view reason, const trace_context& trace
) const {
    outbox_.append(tx, session_revoked(ended, reason, trace));
    const auto until = now_us() + settings_.access_token_lifetime * 1000;
    tx.after_commit(
        [this, id = ended.session_id, user_id = ended.user_id, until, trace, why = std::string(reason)] {
            revoked_.revoke(id, until);
            observe::log(
                observe::level::info,
                "session ended",
                trace,
                {{"userId", user_id}, {"sessionId", id}, {"reason", why}}
            );
        }
    );
}

awaitable<result<bool>> end_sessions::one(
    const context& ctx, const std::string& session_id, std::int64_t user_id, std::string_view reason
) const {
    const auto work = [&](db::transaction& tx) -> awaitable<result<bool>> {
        const auto ended = co_await session_store::revoke(tx, session_id, user_id, now_us());
        if (ended) announce(tx, *ended, reason, ctx.trace);
        co_return ended.has_value();
    };
    co_return co_await database_.transact(ctx.until, work);
}

awaitable<result<void>> end_sessions::all(const context& ctx, std::int64_t user_id, const std::string& kept)
    const {
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        co_await all(tx, user_id, kept, "ended_by_user", ctx.trace);
        co_return result<void>();
    };
    co_return co_await database_.transact(ctx.until, work);
}

awaitable<void> end_sessions::all(
    db::transaction& tx,
    std::int64_t user_id,
    const std::string& kept,
    std::string_view reason,
    const trace_context& trace
) const {
    constexpr auto every_epoch = std::numeric_limits<std::int64_t>::max();
    const auto ended = co_await session_store::revoke_of_user(tx, user_id, every_epoch, now_us(), kept);
    for (const auto& each : ended) announce(tx, each, reason, trace);
}

awaitable<void> end_sessions::below_epoch(
    db::transaction& tx,
    std::int64_t user_id,
    std::int64_t epoch,
    std::string_view reason,
    const trace_context& trace
) const {
    co_await session_store::raise_epoch(tx, user_id, epoch);
    const auto now = now_us();
    for (const auto& each : co_await session_store::revoke_of_user(tx, user_id, epoch, now)) {
        announce(tx, each, reason, trace);
    }
    for (const auto& row : co_await tx.query(sql::revoke_api_keys_of_user, user_id, epoch, now)) {
        session key;
        key.session_id = row.text(0);
        key.user_id = user_id;
        key.version = 2;
        announce(tx, key, reason, trace);
    }
}

void end_sessions::end_stolen(db::transaction& tx, session of, const trace_context& trace) const {
    observe::log(
        observe::level::warn,
        "refresh token used again: session ended",
        trace,
        {{"userId", of.user_id}, {"sessionId", of.session_id}}
    );
    tx.exec(sql::revoke_locked_session, of.session_id, *of.revoked_at);
    ++of.version;
    outbox_.append(tx, refresh_reuse_detected(of, trace));
    announce(tx, of, "refresh_reuse", trace);
}

}  // namespace esm::auth
