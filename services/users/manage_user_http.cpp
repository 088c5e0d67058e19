// See manage_user_http.hpp.
#include "services/users/manage_user_http.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/http/cursor.hpp"
#include "platform/http/if_match.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

namespace {

constexpr json::text_rule reason_rule{1, 256};
constexpr std::size_t roles_max = 2;

result<http::response> user_reply(const result<user>& shown) {
    if (!shown) return shown.error();
    auto reply = http::json_reply(200, {{"user", to_admin_json(*shown)}});
    reply.headers.emplace_back("ETag", http::etag(shown->version));
    return reply;
}

result<std::optional<std::string>> decode_reason(const http::request& call) {
    const auto body = http::json_body(call);
    if (!body) return body.error();
    json::decoder from(*body);
    auto reason = from.optional_text("reason", reason_rule);
    if (auto problem = from.finish()) return *problem;
    return reason;
}

// In the order that they are kept in, whatever order they came in.
result<std::vector<std::string>> decode_roles(const http::request& call) {
    const auto body = http::json_body(call);
    if (!body) return body.error();
    json::decoder from(*body);
    const auto given = from.text_list("roles", roles_max, {1, 32});
    const auto count = [&](std::string_view role) { return std::count(given.begin(), given.end(), role); };
    const auto known = count(user_role) + count(admin_role);
    const bool fits = count(user_role) == 1 && count(admin_role) <= 1;
    if (!from.rejected() && (!fits || known != static_cast<std::ptrdiff_t>(given.size()))) {
        from.reject("roles", "not_allowed", "must hold user and may hold admin, each once");
    }
    if (auto problem = from.finish()) return *problem;
    std::vector<std::string> roles{std::string(user_role)};
    if (count(admin_role) == 1) roles.emplace_back(admin_role);
    return roles;
}

}  // namespace

awaitable<result<http::response>> get_user(manage_user_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto found = co_await user_store::find(deps.database, *id, call.ctx.until);
    if (!found) co_return fail(errc::not_found, "no user has this id");
    co_return user_reply(*found);
}

awaitable<result<http::response>> patch_user(manage_user_http& deps, http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto wanted = decode_profile_change(*body);
    if (!wanted) co_return wanted.error();
    const auto check = [&](const user& before) { return http::check_if_match(call, before.version); };
    co_return user_reply(co_await deps.changing.run(call.ctx, *id, *wanted, check));
}

awaitable<result<http::response>> post_lock(manage_user_http& deps, http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto reason = decode_reason(call);
    if (!reason) co_return reason.error();
    co_return user_reply(co_await deps.locking.lock(call.ctx, *id, *reason));
}

awaitable<result<http::response>> post_unlock(manage_user_http& deps, http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    co_return user_reply(co_await deps.locking.unlock(call.ctx, *id));
}

awaitable<result<http::response>> put_roles(manage_user_http& deps, http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto roles = decode_roles(call);
    if (!roles) co_return roles.error();
    co_return user_reply(co_await deps.roles.run(call.ctx, *id, *roles));
}

}  // namespace esm::users
