// Exchanges a refresh token for the next one (RFC 9700 section 4.14): each works once; used again within the
// grace it answers the same successor, later it is taken for theft and ends the session.
#pragma once

#include "platform/db/database.hpp"
#include "platform/security/sealed.hpp"
#include "services/auth/session_store.hpp"
#include "services/auth/token_issuer.hpp"

namespace esm::auth {

class refresh_tokens {
public:
    refresh_tokens(
        db::database& database,
        const token_issuer& issuer,
        const outbox::outbox& outbox,
        const security::master_key& master,
        const config& settings
    )
        : database_(database), issuer_(issuer), outbox_(outbox), master_(master), settings_(settings) {}

    // errc::invalid_token for an unknown, expired, revoked or stolen one, alike.
    awaitable<result<issued_tokens>> run(const context& ctx, const std::string& token);

private:
    // Nothing: the token is refused, and what refusing it changed (a revoked session) is to be committed.
    using outcome = std::optional<issued_tokens>;

    awaitable<result<outcome>> exchange(const context& ctx, db::transaction& tx, const std::string& token);
    std::string successor_of(
        db::transaction& tx,
        const std::string& token,
        const session_store::stored_token& stored,
        instant_us now
    );
    void end_stolen(const context& ctx, db::transaction& tx, session of, instant_us now);

    db::database& database_;
    const token_issuer& issuer_;
    const outbox::outbox& outbox_;
    const security::master_key& master_;
    const config& settings_;
};

}  // namespace esm::auth
