// See token_issuer.hpp.
#include "services/auth/token_issuer.hpp"

#include "platform/base/random.hpp"
#include "services/auth/events.hpp"
#include "services/auth/session_store.hpp"

namespace esm::auth {

result<issued_tokens> token_issuer::open_session(
    const context& ctx, db::transaction& tx, const identity& user, bool refreshable
) const {
    const auto now = now_us();
    // A session without a refresh token ends with its only access token.
    const auto lifetime_ms = refreshable ? settings_.session_lifetime : settings_.access_token_lifetime;
    const session opened{
        make_uuid(), user.user_id, user.username, user.roles, now, now + lifetime_ms * 1000, {}, 1
    };
    auto access = access_token(opened, now);
    if (!access) return access.error();

    session_store::insert(tx, opened);
    issued_tokens issued{std::move(*access), {}, access_lifetime_s()};
    if (refreshable) {
        issued.refresh_token = make_refresh_token();
        const auto idle_end = now + settings_.refresh_token_idle * 1000;
        session_store::insert_token(
            tx, issued.refresh_token, opened.session_id, now, std::min(idle_end, opened.expires_at)
        );
    }
    outbox_.append(tx, login_succeeded(opened, ctx.trace));
    return issued;
}

result<std::string> token_issuer::access_token(const session& of, instant_us now) const {
    security::access_claims claims;
    claims.issuer = settings_.issuer;
    claims.audience = settings_.audience;
    claims.client_id = "eventstreammonitor";
    claims.token_id = make_uuid();
    claims.session_id = of.session_id;
    claims.username = of.username;
    claims.user_id = of.user_id;
    claims.issued_at_s = now / 1'000'000;
    claims.expires_at_s = std::min(claims.issued_at_s + access_lifetime_s(), of.expires_at / 1'000'000);
    claims.scopes = scopes_of(of.roles);
    claims.roles = of.roles;
    return keys_.sign(claims);
}

}  // namespace esm::auth
