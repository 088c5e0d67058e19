// POST, GET and DELETE /auth/clients.
#pragma once

#include "platform/http/router.hpp"
#include "services/auth/oauth_clients.hpp"

namespace esm::auth {

awaitable<result<http::response>> post_client(oauth_clients& deps, http::request& call);
awaitable<result<http::response>> get_clients(oauth_clients& deps, http::request& call);
awaitable<result<http::response>> delete_client(oauth_clients& deps, http::request& call);

}  // namespace esm::auth
