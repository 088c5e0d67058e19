// See refresh_tokens.hpp.
#include "services/auth/refresh_tokens.hpp"

#include "platform/observe/log.hpp"
#include "services/auth/events.hpp"

namespace esm::auth {

namespace {
constexpr std::string_view seal_purpose = "refresh-successor";
}

awaitable<result<issued_tokens>> refresh_tokens::run(const context& ctx, const std::string& token) {
    const auto work = [&](db::transaction& tx) { return exchange(ctx, tx, token); };
    auto done = co_await database_.transact(ctx.until, work);
    if (!done) co_return done.error();
    if (!*done) co_return fail(errc::invalid_token, "the refresh token is not valid; log in again");
    co_return std::move(**done);
}

awaitable<result<refresh_tokens::outcome>> refresh_tokens::exchange(
    const context& ctx, db::transaction& tx, const std::string& token
) {
    const auto now = now_us();
    const auto stored = co_await session_store::lock_token(tx, token);
    if (!stored || stored->of.revoked_at || stored->of.expires_at <= now) co_return outcome();
    const bool replayed = stored->used_at && *stored->used_at + settings_.refresh_reuse_grace * 1000 < now;
    if (replayed) {
        end_stolen(ctx, tx, stored->of, now);
        co_return outcome();
    }
    if (stored->expires_at <= now) co_return outcome();

    auto access = issuer_.access_token(stored->of, now);
    if (!access) co_return access.error();
    issued_tokens issued{std::move(*access), {}, issuer_.access_lifetime_s()};
    if (stored->used_at) {
        const auto successor = master_.open(stored->successor_sealed, seal_purpose);
        if (!successor) co_return successor.error();
        issued.refresh_token = *successor;
    } else {
        issued.refresh_token = successor_of(tx, token, *stored, now);
    }
    co_return outcome(std::move(issued));
}

std::string refresh_tokens::successor_of(
    db::transaction& tx, const std::string& token, const session_store::stored_token& stored, instant_us now
) {
    auto successor = make_refresh_token();
    const auto idle_end = now + settings_.refresh_token_idle * 1000;
    session_store::insert_token(
        tx, successor, stored.of.session_id, now, std::min(idle_end, stored.of.expires_at)
    );
    // Sealed, not hashed: within the grace the same successor has to be given again.
    session_store::mark_used(tx, token, now, master_.seal(successor, seal_purpose));
    return successor;
}

void refresh_tokens::end_stolen(const context& ctx, db::transaction& tx, session of, instant_us now) {
    observe::log(
        observe::level::warn,
        "refresh token used again: session ended",
        ctx.trace,
        {{"userId", of.user_id}, {"sessionId", of.session_id}}
    );
    session_store::revoke(tx, of.session_id, now);
    ++of.version;
    outbox_.append(
        tx, {refresh_reuse_detected(of, ctx.trace), session_revoked(of, "refresh_reuse", ctx.trace)}
    );
}

}  // namespace esm::auth
