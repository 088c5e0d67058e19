// POST, GET and DELETE /auth/api-keys.
#pragma once

#include "platform/http/router.hpp"
#include "platform/http/shown_once.hpp"
#include "services/auth/api_keys.hpp"

namespace esm::auth {

struct api_keys_http {
    api_keys& keys;
    const http::shown_once& answers;
};

awaitable<result<http::response>> post_api_key(api_keys_http& deps, http::request& call);
awaitable<result<http::response>> get_api_keys(api_keys_http& deps, http::request& call);
awaitable<result<http::response>> delete_api_key(api_keys_http& deps, http::request& call);

}  // namespace esm::auth
