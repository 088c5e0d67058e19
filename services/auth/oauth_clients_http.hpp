// POST, GET and DELETE /auth/clients.
#pragma once

#include "platform/http/router.hpp"
#include "platform/http/shown_once.hpp"
#include "services/auth/oauth_clients.hpp"

namespace esm::auth {

struct oauth_clients_http {
    oauth_clients& clients;
    const http::shown_once& answers;
};

awaitable<result<http::response>> post_client(oauth_clients_http& deps, http::request& call);
awaitable<result<http::response>> get_clients(oauth_clients_http& deps, http::request& call);
awaitable<result<http::response>> delete_client(oauth_clients_http& deps, http::request& call);

}  // namespace esm::auth
