// See api_keys_http.hpp.
#include "services/auth/api_keys_http.hpp"

#include "services/auth/asked_scopes.hpp"
#include "services/auth/paging.hpp"
#include "services/auth/session_http.hpp"

namespace esm::auth {

namespace {

constexpr std::size_t scopes_max = 20;
constexpr auto default_lifetime = std::chrono::hours(24 * 90);
constexpr auto longest_lifetime = std::chrono::hours(24 * 366);

std::int64_t in_us(std::chrono::hours duration) {
    return std::chrono::microseconds(duration).count();
}

result<api_key> decode_api_key(const boost::json::object& body) {
    json::decoder from(body);
    api_key wanted;
    wanted.name = from.text("name", {1, 100});
    wanted.scopes = read_scopes(from, scopes_max);
    const auto now = now_us();
    wanted.expires_at = from.optional_instant("expiresAt").value_or(now + in_us(default_lifetime));
    if (wanted.expires_at <= now || wanted.expires_at > now + in_us(longest_lifetime)) {
        from.reject("expiresAt", "range", "must be an instant within the next 366 days");
    }
    if (auto problem = from.finish()) return *problem;
    return wanted;
}

boost::json::object key_json(const api_key& shown) {
    boost::json::object json{
        {"apiKeyId", shown.api_key_id},
        {"name", shown.name},
        {"scopes", boost::json::value_from(shown.scopes)},
        {"createdAt", format_instant(shown.created_at)},
        {"expiresAt", format_instant(shown.expires_at)},
        {"lastUsedAt", nullptr},
    };
    if (shown.last_used_at) json["lastUsedAt"] = format_instant(*shown.last_used_at);
    return json;
}

http::response created(const made_api_key& made) {
    auto json = key_json(made.key);
    json["token"] = made.token;
    auto reply = http::json_reply(201, {{"apiKey", std::move(json)}});
    reply.headers.emplace_back("Location", "/api/v1/eventstreammonitor/auth/api-keys/" + made.key.api_key_id);
    return reply;
}

}  // namespace

awaitable<result<http::response>> post_api_key(api_keys_http& deps, http::request& call) {
    if (const auto person = person_of(*call.ctx.caller); !person) co_return person.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto wanted = decode_api_key(*body);
    if (!wanted) co_return wanted.error();
    const auto create = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto made = co_await deps.keys.create(call.ctx, tx, *wanted);
        if (!made) co_return made.error();
        co_return created(*made);
    };
    co_return co_await deps.answers.run(call, create);
}

awaitable<result<http::response>> get_api_keys(api_keys_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"limit", "cursor"}); !query) co_return query.error();
    const auto user_id = person_of(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    const auto where = read_timed_page(call, "api-keys");
    if (!where) co_return where.error();
    auto found = co_await deps.keys.list(
        *user_id, {where->after.at, where->after.id}, where->limit + 1, call.ctx.until
    );
    const auto next = next_place(found, where->limit, [](const api_key& last) {
        return timed_place{last.created_at, last.api_key_id};
    });
    boost::json::array keys;
    for (const auto& each : found) keys.push_back(key_json(each));
    co_return page_reply(call, "api-keys", "apiKeys", std::move(keys), next);
}

awaitable<result<http::response>> delete_api_key(api_keys_http& deps, http::request& call) {
    const auto user_id = person_of(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    const auto done = co_await deps.keys.revoke(call.ctx, std::string(call.path_param("id")), *user_id);
    if (!done) co_return done.error();
    co_return http::response{204, {}, {}, {}};
}

}  // namespace esm::auth
