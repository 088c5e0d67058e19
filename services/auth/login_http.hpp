// POST /auth/login and POST /auth/generateToken: the same check, with and without a session that can be
// refreshed.
#pragma once

#include "platform/http/router.hpp"
#include "services/auth/login.hpp"

namespace esm::auth {

// Where a login comes from.
session_request caller_of(const http::request& call);

// The session's first tokens, or the challenge for the second factor.
http::response login_reply(logged_in done);

awaitable<result<http::response>> post_login(login& deps, http::request& call);
awaitable<result<http::response>> post_generate_token(login& deps, http::request& call);

}  // namespace esm::auth
