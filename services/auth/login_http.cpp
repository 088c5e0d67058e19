// See login_http.hpp.
#include "services/auth/login_http.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/base/utf8.hpp"
#include "services/auth/token_json.hpp"

namespace esm::auth {

namespace {

constexpr json::text_rule name_rule{1, 254};
constexpr json::text_rule password_rule{1, 256};
constexpr std::size_t user_agent_max_bytes = 256;

result<login_request> decode_login(const boost::json::object& body) {
    json::decoder from(body);
    const auto username = from.optional_text("username", name_rule);
    const auto email = from.optional_text("email", name_rule);
    login_request given;
    given.password = from.text("password", password_rule);
    given.device_token = from.optional_text("deviceToken", {1, 1024}).value_or("");
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
    if (auto problem = from.finish()) return *problem;
    return given;
}

}  // namespace

session_request caller_of(const http::request& call) {
    session_request how;
    // Shown to its owner in the list of sessions; what is no text is left out.
    const auto agent = call.header("user-agent");
    if (is_utf8(agent)) how.user_agent = cut_utf8(agent, user_agent_max_bytes);
    how.address = call.peer;
    return how;
}

http::response login_reply(logged_in done) {
    if (!done.challenge_id.empty()) {
        return http::json_reply(
            200,
            {{"mfaRequired", true},
             {"challengeId", done.challenge_id},
             {"expiresIn", std::int64_t{challenge_lifetime.count()}}}
        );
    }
    auto answer = token_json(done.tokens);
    answer["user"] = std::move(done.who.profile);
    answer["deviceToken"] = std::move(done.device_token);
    return http::json_reply(200, answer);
}

awaitable<result<http::response>> post_login(login& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    auto given = decode_login(*body);
    if (!given) co_return given.error();
    given->how = caller_of(call);
    auto done = co_await deps.run(call.ctx, std::move(*given));
    if (!done) co_return done.error();
    co_return login_reply(std::move(*done));
}

awaitable<result<http::response>> post_generate_token(login& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    auto given = decode_generate_token(*body);
    if (!given) co_return given.error();
    given->how = caller_of(call);
    given->how.refreshable = false;
    const auto done = co_await deps.run(call.ctx, std::move(*given));
    if (!done) co_return done.error();
    co_return http::json_reply(200, token_json(done->tokens));
}

}  // namespace esm::auth
