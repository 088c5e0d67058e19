// How tokens look in an answer: the same in login, generateToken and refresh.
#pragma once

#include <boost/json.hpp>

#include "platform/http/message.hpp"
#include "services/auth/token_issuer.hpp"

namespace esm::auth {

inline boost::json::object token_json(const issued_tokens& tokens) {
    boost::json::object answer{
        {"accessToken", tokens.access_token}, {"tokenType", "Bearer"}, {"expiresIn", tokens.expires_in_s}
    };
    if (!tokens.refresh_token.empty()) answer["refreshToken"] = tokens.refresh_token;
    return answer;
}

inline http::response token_reply(const boost::json::object& answer) {
    auto reply = http::json_reply(200, answer);
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

}  // namespace esm::auth
