// Exchanges a refresh token for the next one (RFC 9700 section 4.14): each works once; used again within the
// grace it answers the same successor, later it is taken for theft and ends the session. Concurrent exchanges
// share a transaction (group commit).
#pragma once

#include "platform/db/group_commit.hpp"
#include "platform/security/sealed.hpp"
#include "services/auth/end_sessions.hpp"
#include "services/auth/session_store.hpp"
#include "services/auth/token_issuer.hpp"

namespace esm::auth {

class refresh_tokens {
public:
    refresh_tokens(
        async::runtime& runtime,
        db::database& database,
        const token_issuer& issuer,
        const end_sessions& ending,
        const security::master_key& master,
        const config& settings
    );

    // errc::invalid_token for an unknown, expired, revoked or stolen one, alike; and for one of another
    // client.
    awaitable<result<issued_tokens>> run(
        const context& ctx, const std::string& token, std::string_view client_id = own_client_id
    );

private:
    struct use {
        std::string token_hash;
        std::string client_id;
        trace_context trace;
    };
    // Without a session the token is refused; what refusing it changed (a session ended) is committed.
    struct outcome {
        std::optional<session> of;
        std::string successor;
    };
    struct changes;

    awaitable<std::vector<outcome>> exchange(db::transaction& tx, std::vector<use>& uses);
    outcome exchange_one(
        db::transaction& tx, const use& given, session_store::stored_token* stored, changes& into
    );

    const token_issuer& issuer_;
    const end_sessions& ending_;
    const security::master_key& master_;
    const config& settings_;
    db::group_commit<use, outcome> batches_;
};

}  // namespace esm::auth
