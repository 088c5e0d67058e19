// See mfa_http.hpp.
#include "services/auth/mfa_http.hpp"

#include "platform/base/json_decoder.hpp"
#include "services/auth/login_http.hpp"
#include "services/auth/session_http.hpp"

namespace esm::auth {

namespace {

// The only field of a body, from a person who is logged in.
result<std::string> read_field(const http::request& call, std::string_view name, json::text_rule rule) {
    if (const auto person = person_of(*call.ctx.caller); !person) return person.error();
    const auto body = http::json_body(call);
    if (!body) return body.error();
    json::decoder from(*body);
    auto value = from.text(name, rule);
    if (auto problem = from.finish()) return *problem;
    return value;
}

constexpr json::text_rule password_rule{1, 256};
constexpr json::text_rule code_rule{6, 6};

second_proof read_proof(json::decoder& from) {
    auto code = from.optional_text("code", code_rule);
    auto recovery = from.optional_text("recoveryCode", {1, 64});
    return {std::move(code).value_or(""), std::move(recovery).value_or("")};
}

void ask_for_one(json::decoder& from) {
    from.reject("code", "one_of", "give either code or recoveryCode");
}

http::response recovery_reply(const std::vector<std::string>& codes) {
    return http::json_reply(200, {{"recoveryCodes", boost::json::value_from(codes)}});
}

}  // namespace

awaitable<result<http::response>> post_login_mfa(mfa_login& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    const auto challenge = from.text("challengeId", {1, 256});
    const auto proof = read_proof(from);
    if (proof.code.empty() == proof.recovery_code.empty()) ask_for_one(from);
    if (auto problem = from.finish()) co_return *problem;
    auto done = co_await deps.run(call.ctx, challenge, proof, caller_of(call));
    if (!done) co_return done.error();
    co_return login_reply(std::move(*done));
}

awaitable<result<http::response>> post_totp(second_factor& deps, http::request& call) {
    const auto password = read_field(call, "password", password_rule);
    if (!password) co_return password.error();
    const auto begun = co_await deps.enroll(call.ctx, *password);
    if (!begun) co_return begun.error();
    co_return http::json_reply(201, {{"secret", begun->secret}, {"otpauthUri", begun->uri}});
}

awaitable<result<http::response>> post_totp_confirm(second_factor& deps, http::request& call) {
    const auto code = read_field(call, "code", code_rule);
    if (!code) co_return code.error();
    const auto codes = co_await deps.confirm(call.ctx, *code);
    if (!codes) co_return codes.error();
    co_return recovery_reply(*codes);
}

awaitable<result<http::response>> delete_totp(second_factor& deps, http::request& call) {
    if (const auto person = person_of(*call.ctx.caller); !person) co_return person.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    const auto password = from.text("password", password_rule);
    const auto proof = read_proof(from);
    if (!proof.code.empty() && !proof.recovery_code.empty()) ask_for_one(from);
    if (auto problem = from.finish()) co_return *problem;
    const auto done = co_await deps.turn_off(call.ctx, password, proof);
    if (!done) co_return done.error();
    co_return http::response{204, {}, {}, {}};
}

awaitable<result<http::response>> post_recovery_codes(second_factor& deps, http::request& call) {
    const auto code = read_field(call, "code", code_rule);
    if (!code) co_return code.error();
    const auto codes = co_await deps.renew_recovery(call.ctx, *code);
    if (!codes) co_return codes.error();
    co_return recovery_reply(*codes);
}

awaitable<result<http::response>> delete_mfa_of_user(second_factor& deps, http::request& call) {
    const auto user_id = http::path_id(call, "id");
    if (!user_id) co_return user_id.error();
    const auto done = co_await deps.reset(call.ctx, *user_id);
    if (!done) co_return done.error();
    co_return http::response{204, {}, {}, {}};
}

}  // namespace esm::auth
