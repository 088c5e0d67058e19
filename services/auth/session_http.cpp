// See session_http.hpp.
#include "services/auth/session_http.hpp"

#include "platform/base/json_decoder.hpp"
#include "services/auth/token_reply.hpp"

namespace esm::auth {

namespace {

result<std::string> decode_refresh_token(const http::request& call) {
    const auto body = http::json_body(call);
    if (!body) return body.error();
    json::decoder from(*body);
    auto token = from.text("refreshToken", {1, 256});
    if (auto problem = from.finish()) return *problem;
    return token;
}

}  // namespace

awaitable<result<http::response>> post_refresh(refresh_tokens& deps, http::request& call) {
    const auto token = decode_refresh_token(call);
    if (!token) co_return token.error();
    const auto issued = co_await deps.run(call.ctx, *token);
    if (!issued) co_return issued.error();
    co_return token_reply(token_json(*issued));
}

awaitable<result<http::response>> post_logout(logout& deps, http::request& call) {
    const auto token = decode_refresh_token(call);
    if (!token) co_return token.error();
    const auto done = co_await deps.run(call.ctx, *token);
    if (!done) co_return done.error();
    co_return http::response{204, {}, {}, {}};
}

awaitable<result<http::response>> get_jwks(const key_ring& deps, http::request&) {
    const auto keys = deps.jwks();
    if (!keys) co_return keys.error();
    auto reply = http::json_text_reply(200, *keys);
    reply.headers.emplace_back("Cache-Control", "max-age=300");
    co_return reply;
}

}  // namespace esm::auth
