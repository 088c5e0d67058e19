// How tokens look in an answer: the same in login, generateToken and refresh.
#pragma once

#include <boost/json.hpp>

#include "services/auth/token_issuer.hpp"

namespace esm::auth {

inline boost::json::object token_json(const issued_tokens& tokens) {
    boost::json::object answer{
        {"accessToken", tokens.access_token}, {"tokenType", "Bearer"}, {"expiresIn", tokens.expires_in_s}
    };
    if (!tokens.refresh_token.empty()) answer["refreshToken"] = tokens.refresh_token;
    return answer;
}

}  // namespace esm::auth
