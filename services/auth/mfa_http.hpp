// POST /auth/login/mfa, and the routes of second factors under /auth/mfa.
#pragma once

#include "platform/http/router.hpp"
#include "services/auth/mfa_login.hpp"

namespace esm::auth {

awaitable<result<http::response>> post_login_mfa(mfa_login& deps, http::request& call);
awaitable<result<http::response>> post_totp(second_factor& deps, http::request& call);
awaitable<result<http::response>> post_totp_confirm(second_factor& deps, http::request& call);
awaitable<result<http::response>> delete_totp(second_factor& deps, http::request& call);
awaitable<result<http::response>> post_recovery_codes(second_factor& deps, http::request& call);
awaitable<result<http::response>> delete_mfa_of_user(second_factor& deps, http::request& call);

}  // namespace esm::auth
