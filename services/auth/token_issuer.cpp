// See token_issuer.hpp.
#include "services/auth/token_issuer.hpp"

#include "platform/base/random.hpp"
#include "services/auth/events.hpp"
#include "services/auth/session_store.hpp"

namespace esm::auth {

awaitable<result<issued_tokens>> token_issuer::open_session(
    const context& ctx, db::transaction& tx, const identity& user, session_request how
) const {
    const auto epoch = co_await session_store::raise_epoch(tx, user.user_id, user.credential_epoch);
    if (epoch > user.credential_epoch) {
        co_return fail(errc::invalid_credentials, "the user or the password is wrong");
    }
    const auto now = now_us();
    // A session without a refresh token ends with its only access token.
    const auto lifetime_ms = how.refreshable ? settings_.session_lifetime : settings_.access_token_lifetime;
    session opened;
    opened.session_id = make_uuid();
    opened.user_id = user.user_id;
    opened.username = user.username;
    opened.roles = user.roles;
    opened.created_at = opened.last_used_at = now;
    opened.expires_at = now + lifetime_ms * 1000;
    opened.credential_epoch = user.credential_epoch;
    opened.user_agent = std::move(how.user_agent);
    opened.address = std::move(how.address);
    opened.mfa = how.mfa;
    auto access = access_token(opened, now);
    if (!access) co_return access.error();

    session_store::insert(tx, opened);
    issued_tokens issued{std::move(*access), {}, access_lifetime_s()};
    if (how.refreshable) {
        issued.refresh_token = make_refresh_token();
        const auto idle_end = std::min(now + settings_.refresh_token_idle * 1000, opened.expires_at);
        session_store::insert_tokens(tx, {{issued.refresh_token, opened.session_id, now, idle_end}});
    }
    outbox_.append(tx, login_succeeded(opened, ctx.trace));
    co_return issued;
}

result<std::string> token_issuer::access_token(const session& of, instant_us now) const {
    security::access_claims claims;
    claims.issuer = settings_.issuer;
    claims.audience = settings_.audience;
    claims.client_id = of.client_id;
    claims.token_id = make_uuid();
    claims.session_id = of.session_id;
    claims.username = of.username;
    claims.user_id = of.user_id;
    claims.issued_at_s = now / 1'000'000;
    claims.expires_at_s = std::min(claims.issued_at_s + access_lifetime_s(), of.expires_at / 1'000'000);
    claims.scopes = scopes_of(of);
    claims.roles = of.roles;
    return keys_.sign(claims);
}

}  // namespace esm::auth
