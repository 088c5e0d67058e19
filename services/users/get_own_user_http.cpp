// See get_own_user_http.hpp.
#include "services/users/get_own_user_http.hpp"

#include "services/users/user_store.hpp"

namespace esm::users {

awaitable<result<http::response>> get_own_user(get_own_user_http& deps, http::request& call) {
    const auto found = co_await user_store::find(deps.database, call.ctx.caller->user_id, call.ctx.until);
    if (!found) co_return fail(errc::not_found, "the token's user has no account any more");
    auto reply = http::json_reply(200, {{"user", to_json(*found)}});
    reply.headers.emplace_back("ETag", http::etag(found->version));
    co_return reply;
}

}  // namespace esm::users
