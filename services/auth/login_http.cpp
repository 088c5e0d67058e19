// See login_http.hpp.
#include "services/auth/login_http.hpp"

#include "platform/base/json_decoder.hpp"
#include "services/auth/token_reply.hpp"

namespace esm::auth {

namespace {

constexpr json::text_rule name_rule{1, 254};
constexpr json::text_rule password_rule{1, 256};

result<login_request> decode_login(const boost::json::object& body) {
    json::decoder from(body);
    const auto username = from.optional_text("username", name_rule);
    const auto email = from.optional_text("email", name_rule);
    login_request given;
    given.password = from.text("password", password_rule);
    if (username.has_value() == email.has_value()) {
        from.reject("username", "one_of", "give either username or email");
    }
    if (auto problem = from.finish()) return *problem;
    given.identifier = username ? *username : *email;
    return given;
}

result<login_request> decode_generate_token(const boost::json::object& body) {
    json::decoder from(body);
    login_request given;
    given.user_id = from.integer("userId", 1, std::numeric_limits<std::int64_t>::max());
    given.identifier = from.text("username", name_rule);
    given.password = from.text("password", password_rule);
    given.refreshable = false;
    if (auto problem = from.finish()) return *problem;
    return given;
}

}  // namespace

awaitable<result<http::response>> post_login(login& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    auto given = decode_login(*body);
    if (!given) co_return given.error();
    auto done = co_await deps.run(call.ctx, std::move(*given));
    if (!done) co_return done.error();
    auto answer = token_json(done->tokens);
    answer["user"] = std::move(done->who.profile);
    co_return token_reply(answer);
}

awaitable<result<http::response>> post_generate_token(login& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    auto given = decode_generate_token(*body);
    if (!given) co_return given.error();
    const auto done = co_await deps.run(call.ctx, std::move(*given));
    if (!done) co_return done.error();
    co_return token_reply(token_json(done->tokens));
}

}  // namespace esm::auth
