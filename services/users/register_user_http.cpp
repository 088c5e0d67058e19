// See register_user_http.hpp.
#include "services/users/register_user_http.hpp"

#include "platform/http/idempotency.hpp"

namespace esm::users {

namespace {

http::response created(const user& registered) {
    auto reply =
        http::json_reply(201, {{"message", "User registered successfully"}, {"user", to_json(registered)}});
    reply.headers.emplace_back("Location", "/api/v1/eventstreammonitor/users/me");
    reply.headers.emplace_back("ETag", http::etag(registered.version));
    return reply;
}

}  // namespace

awaitable<result<http::response>> post_register(register_user_http& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    auto given = decode_registration(*body);
    if (!given) co_return given.error();
    const auto ready = co_await deps.registering.prepare(call.ctx, std::move(*given), {"user"});
    if (!ready) co_return ready.error();

    const auto store = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto registered = co_await deps.registering.store(call.ctx, tx, *ready);
        if (!registered) co_return registered.error();
        co_return created(*registered);
    };
    if (!http::has_idempotency_key(call)) co_return co_await deps.database.transact(call.ctx.until, store);
    // What is kept of the request is a fast hash: it must tell nothing of the password.
    http::request kept = call;
    auto without_password = *body;
    without_password.erase("password");
    kept.body = boost::json::serialize(without_password);
    co_return co_await http::run_once(deps.database, kept, store, stranger_of(ready->who.username));
}

}  // namespace esm::users
