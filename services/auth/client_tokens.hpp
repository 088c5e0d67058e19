// Access tokens for clients that act for themselves (RFC 6749 section 4.4): a session row a token, written in
// groups, so that each can be revoked; no refresh token.
#pragma once

#include "platform/db/group_commit.hpp"
#include "services/auth/oauth_clients.hpp"
#include "services/auth/token_issuer.hpp"

namespace esm::auth {

class client_tokens {
public:
    client_tokens(
        async::runtime& runtime, db::database& database, const token_issuer& issuer, const config& settings
    );

    awaitable<result<issued_tokens>> run(
        const context& ctx, const oauth_client& to, std::vector<std::string> scopes
    );

private:
    const token_issuer& issuer_;
    const config& settings_;
    db::group_commit<session, bool> batches_;
};

}  // namespace esm::auth
