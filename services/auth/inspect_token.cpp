// See inspect_token.hpp.
#include "services/auth/inspect_token.hpp"

#include "platform/security/sealed.hpp"
#include "services/auth/session_store.hpp"

namespace esm::auth {

namespace {

constexpr std::string_view refresh_prefix = "esm_rt_";

principal holder_of(const session_store::stored_token& token) {
    principal holder;
    holder.user_id = token.of.user_id;
    holder.username = token.of.username;
    holder.session_id = token.of.session_id;
    holder.client_id = token.of.client_id;
    holder.roles = token.of.roles;
    holder.scopes = scopes_of(token.of);
    holder.expires_at_us = token.expires_at;
    return holder;
}

}  // namespace

awaitable<std::optional<principal>> inspect_token::holder_of_refresh_token(
    const context& ctx, const std::string& token
) {
    const auto stored = co_await session_store::find_token(database_, security::sha256_hex(token), ctx.until);
    const auto now = now_us();
    const bool good = stored && !stored->of.revoked_at && !stored->used_at && stored->expires_at > now &&
                      stored->of.expires_at > now;
    if (!good) co_return std::nullopt;
    co_return holder_of(*stored);
}

awaitable<result<std::optional<principal>>> inspect_token::introspect(
    const context& ctx, const std::string& token
) {
    if (token.starts_with(refresh_prefix)) co_return co_await holder_of_refresh_token(ctx, token);
    auto found = co_await tokens_.verify(token);
    if (found) co_return std::optional<principal>(std::move(*found));
    if (found.error().code == errc::unavailable) co_return found.error();
    co_return std::optional<principal>();
}

// A refresh token that was used is inactive, yet opens its session for the grace: revoking it ends that too.
awaitable<result<std::optional<principal>>> inspect_token::revocable(
    const context& ctx, const std::string& token
) {
    if (!token.starts_with(refresh_prefix)) co_return co_await introspect(ctx, token);
    const auto stored = co_await session_store::find_token(database_, security::sha256_hex(token), ctx.until);
    if (!stored || stored->of.revoked_at) co_return std::optional<principal>();
    co_return std::optional<principal>(holder_of(*stored));
}

awaitable<result<void>> inspect_token::revoke(
    const context& ctx, const std::string& token, std::string_view client_id
) {
    const auto found = co_await revocable(ctx, token);
    if (!found) co_return found.error();
    if (!*found) co_return result<void>();
    const auto& holder = **found;
    if (!client_id.empty() && holder.client_id != client_id) {
        co_return fail(errc::forbidden, "the token was issued to another client");
    }
    if (holder.kind == credential::api_key) {
        const auto ended = co_await keys_.revoke(ctx, holder.session_id, holder.user_id);
        if (!ended && ended.error().code != errc::not_found) co_return ended.error();
        co_return result<void>();
    }
    const auto ended = co_await ending_.one(ctx, holder.session_id, holder.user_id, "revoked");
    if (!ended) co_return ended.error();
    co_return result<void>();
}

}  // namespace esm::auth
