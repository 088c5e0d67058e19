// See email_codes_http.hpp.
#include "services/users/email_codes_http.hpp"

#include "platform/http/peers.hpp"
#include "services/users/own_account_http.hpp"
#include "services/users/profile_rules.hpp"

namespace esm::users {

namespace {

std::string read_email(json::decoder& from) {
    auto email = from.text("email", email_length);
    check_email(from, email);
    return email;
}

// The code with the address, or the token of the link.
email_proof read_proof(json::decoder& from) {
    email_proof given;
    given.token = from.optional_text("token", {1, 256}).value_or("");
    const auto email = from.optional_text("email", email_length);
    const auto code = from.optional_text("code", {6, 6});
    const bool by_code = email && code, by_link = !given.token.empty();
    if (by_code == by_link || email.has_value() != code.has_value()) {
        from.reject("code", "one_of", "give email and code, or token");
    }
    given.email = email.value_or("");
    check_email(from, given.email);
    given.code = code.value_or("");
    return given;
}

http::response on_its_way() {
    return http::json_reply(202, {{"message", "If this address is waiting for a code, one is on its way."}});
}

awaitable<result<http::response>> mail_code(
    email_codes_http& deps, http::request& call, challenge_purpose purpose
) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    const auto email = read_email(from);
    if (auto problem = from.finish()) co_return *problem;
    const auto visitor = http::network_of(call.peer);
    if (const auto admitted = co_await deps.visitors.take(visitor, call.ctx.until); !admitted) {
        co_return admitted.error();
    }
    const auto done = co_await deps.requesting.run(call.ctx, purpose, email);
    if (!done) co_return done.error();
    co_return on_its_way();
}

}  // namespace

awaitable<result<http::response>> post_email_verification(email_codes_http& deps, http::request& call) {
    return mail_code(deps, call, challenge_purpose::email_verification);
}

awaitable<result<http::response>> post_password_reset(email_codes_http& deps, http::request& call) {
    return mail_code(deps, call, challenge_purpose::password_reset);
}

awaitable<result<http::response>> post_email_confirmation(email_codes_http& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    const auto given = read_proof(from);
    if (auto problem = from.finish()) co_return *problem;
    const auto visitor = http::network_of(call.peer);
    if (const auto admitted = co_await deps.visitors.take(visitor, call.ctx.until); !admitted) {
        co_return admitted.error();
    }
    const auto done = co_await deps.verifying.run(call.ctx, given);
    if (!done) co_return done.error();
    co_return http::response{204, {}, {}, {}};
}

awaitable<result<http::response>> post_reset_confirmation(email_codes_http& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    const auto given = read_proof(from);
    auto password = from.text("newPassword", password_length);
    if (auto problem = from.finish()) co_return *problem;
    const auto visitor = http::network_of(call.peer);
    if (const auto admitted = co_await deps.visitors.take(visitor, call.ctx.until); !admitted) {
        co_return admitted.error();
    }
    const auto done = co_await deps.resetting.run(call.ctx, given, std::move(password));
    if (!done) co_return done.error();
    co_return http::response{204, {}, {}, {}};
}

awaitable<result<http::response>> put_own_email(email_codes_http& deps, http::request& call) {
    const auto user_id = person_id(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    const auto email = read_email(from);
    auto current = from.text("currentPassword", {1, 256});
    if (auto problem = from.finish()) co_return *problem;
    const auto proved = co_await deps.proving.run(call.ctx, *user_id, std::move(current));
    if (!proved) co_return proved.error();
    const auto done = co_await deps.requesting.change(call.ctx, proved->who, email);
    if (!done) co_return done.error();
    co_return on_its_way();
}

}  // namespace esm::users
