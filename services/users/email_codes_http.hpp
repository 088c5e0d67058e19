// What is done with mailed codes: POST /users/email-verifications and /confirm, PUT /users/me/email,
// POST /users/password-resets and /confirm. Tries of one address (of the network) are limited.
#pragma once

#include "platform/http/router.hpp"
#include "platform/throttle/throttle.hpp"
#include "services/users/prove_password.hpp"
#include "services/users/request_code.hpp"
#include "services/users/reset_password.hpp"
#include "services/users/verify_email.hpp"

namespace esm::users {

struct email_codes_http {
    request_code& requesting;
    verify_email& verifying;
    reset_password& resetting;
    prove_password& proving;
    throttle::rate_limit& visitors;
};

awaitable<result<http::response>> post_email_verification(email_codes_http& deps, http::request& call);
awaitable<result<http::response>> post_email_confirmation(email_codes_http& deps, http::request& call);
awaitable<result<http::response>> put_own_email(email_codes_http& deps, http::request& call);
awaitable<result<http::response>> post_password_reset(email_codes_http& deps, http::request& call);
awaitable<result<http::response>> post_reset_confirmation(email_codes_http& deps, http::request& call);

}  // namespace esm::users
