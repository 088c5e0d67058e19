// POST, GET and DELETE /auth/api-keys.
#pragma once

#include "platform/http/router.hpp"
#include "services/auth/api_keys.hpp"

namespace esm::auth {

awaitable<result<http::response>> post_api_key(api_keys& deps, http::request& call);
awaitable<result<http::response>> get_api_keys(api_keys& deps, http::request& call);
awaitable<result<http::response>> delete_api_key(api_keys& deps, http::request& call);

}  // namespace esm::auth
