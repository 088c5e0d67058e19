// See own_account_http.hpp.
#include "services/users/own_account_http.hpp"

#include "platform/http/if_match.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

namespace {

// errc::forbidden for a client's token: it has no account.
result<std::int64_t> own_id(const principal& caller) {
    if (caller.kind == credential::client) return fail(errc::forbidden, "a client has no account of its own");
    return caller.user_id;
}

http::response account_reply(const user& shown) {
    auto reply = http::json_reply(200, {{"user", to_json(shown)}});
    reply.headers.emplace_back("ETag", http::etag(shown.version));
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

http::response done() {
    http::response reply;
    reply.status = 204;
    return reply;
}

}  // namespace

result<std::int64_t> person_id(const principal& caller) {
    if (caller.kind == credential::session) return caller.user_id;
    return fail(errc::forbidden, "this needs the token of a login, not an API key or a client's token");
}

awaitable<result<http::response>> get_own_account(own_account_http& deps, http::request& call) {
    const auto user_id = own_id(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    const auto found = co_await user_store::find(deps.database, *user_id, call.ctx.until);
    if (!found) co_return fail(errc::not_found, "the token's user has no account any more");
    co_return account_reply(*found);
}

awaitable<result<http::response>> patch_own_account(own_account_http& deps, http::request& call) {
    const auto user_id = own_id(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto wanted = decode_profile_change(*body);
    if (!wanted) co_return wanted.error();
    const auto check = [&](const user& before) { return http::check_if_match(call, before.version); };
    const auto changed = co_await deps.changing.run(call.ctx, *user_id, *wanted, check);
    if (!changed) co_return changed.error();
    co_return account_reply(*changed);
}

awaitable<result<http::response>> delete_own_account(own_account_http& deps, http::request& call) {
    const auto user_id = person_id(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    auto password = from.text("password", {1, 256});
    if (auto problem = from.finish()) co_return *problem;
    const auto deleted = co_await deps.deleting.run(call.ctx, *user_id, std::move(password));
    if (!deleted) co_return deleted.error();
    co_return done();
}

awaitable<result<http::response>> put_own_password(own_account_http& deps, http::request& call) {
    const auto user_id = person_id(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    auto current = from.text("currentPassword", {1, 256});
    auto wanted = from.text("newPassword", password_length);
    if (auto problem = from.finish()) co_return *problem;
    const auto changed =
        co_await deps.changing_password.run(call.ctx, *user_id, std::move(current), std::move(wanted));
    if (!changed) co_return changed.error();
    co_return done();
}

}  // namespace esm::users
