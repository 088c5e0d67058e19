// See logout.hpp.
#include "services/auth/logout.hpp"

#include "services/auth/events.hpp"
#include "services/auth/session_store.hpp"

namespace esm::auth {

awaitable<result<void>> logout::run(const context& ctx, const std::string& token) {
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        auto stored = co_await session_store::lock_token(tx, token);
        if (!stored || stored->of.revoked_at) co_return result<void>();
        session_store::revoke(tx, stored->of.session_id, now_us());
        ++stored->of.version;
        outbox_.append(tx, session_revoked(stored->of, "logout", ctx.trace));
        co_return result<void>();
    };
    co_return co_await database_.transact(ctx.until, work);
}

}  // namespace esm::auth
