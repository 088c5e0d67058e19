// The routes of sessions: refreshing, logging out, the list of one's own and the end of them, signing keys.
#pragma once

#include "platform/http/router.hpp"
#include "services/auth/key_ring.hpp"
#include "services/auth/logout.hpp"
#include "services/auth/refresh_tokens.hpp"

namespace esm::auth {

struct session_http {
    db::database& database;
    const end_sessions& ending;
};

struct rotation_http {
    db::database& database;
    key_ring& keys;
};

awaitable<result<http::response>> post_refresh(refresh_tokens& deps, http::request& call);
awaitable<result<http::response>> post_logout(logout& deps, http::request& call);
awaitable<result<http::response>> get_sessions(session_http& deps, http::request& call);
awaitable<result<http::response>> delete_session(session_http& deps, http::request& call);
awaitable<result<http::response>> delete_sessions(session_http& deps, http::request& call);
awaitable<result<http::response>> get_jwks(const key_ring& deps, http::request& call);
awaitable<result<http::response>> post_rotate(rotation_http& deps, http::request& call);

// The user of a login's token: errc::forbidden for API keys and clients, which cannot widen what they have.
result<std::int64_t> person_of(const principal& caller);

}  // namespace esm::auth
