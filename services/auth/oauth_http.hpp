// The OAuth 2.0 endpoints and their description: /oauth2/token, /revoke, /introspect, and the discovery
// documents. Errors are those of RFC 6749 section 5.2, not problem documents.
#pragma once

#include "platform/http/router.hpp"
#include "services/auth/client_tokens.hpp"
#include "services/auth/inspect_token.hpp"
#include "services/auth/refresh_tokens.hpp"

namespace esm::auth {

struct oauth_http {
    oauth_clients& clients;
    client_tokens& granting;
    refresh_tokens& refreshing;
    inspect_token& inspecting;
    const config& settings;
};

awaitable<result<http::response>> post_oauth_token(oauth_http& deps, http::request& call);
awaitable<result<http::response>> post_oauth_revoke(oauth_http& deps, http::request& call);
awaitable<result<http::response>> post_oauth_introspect(oauth_http& deps, http::request& call);
awaitable<result<http::response>> get_discovery(oauth_http& deps, http::request& call);

}  // namespace esm::auth
