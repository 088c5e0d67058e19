// POST /auth/refresh, POST /auth/logout and GET /.well-known/jwks.json.
#pragma once

#include "platform/http/router.hpp"
#include "services/auth/key_ring.hpp"
#include "services/auth/logout.hpp"
#include "services/auth/refresh_tokens.hpp"

namespace esm::auth {

awaitable<result<http::response>> post_refresh(refresh_tokens& deps, http::request& call);
awaitable<result<http::response>> post_logout(logout& deps, http::request& call);
awaitable<result<http::response>> get_jwks(const key_ring& deps, http::request& call);

}  // namespace esm::auth
