// See logout.hpp.
#include "services/auth/logout.hpp"

#include "platform/security/sealed.hpp"
#include "services/auth/session_store.hpp"

namespace esm::auth {

awaitable<result<void>> logout::run(const context& ctx, const std::string& token) {
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        auto stored = co_await session_store::lock_tokens(tx, {security::sha256_hex(token)});
        if (stored.empty() || stored.front().of.revoked_at) co_return result<void>();
        const auto ended = co_await session_store::revoke(tx, stored.front().of.session_id, 0, now_us());
        if (ended) ending_.announce(tx, *ended, "logout", ctx.trace);
        co_return result<void>();
    };
    co_return co_await database_.transact(ctx.until, work);
}

}  // namespace esm::auth
