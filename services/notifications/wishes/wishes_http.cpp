// See wishes_http.hpp.
#include "services/notifications/wishes/wishes_http.hpp"

#include <charconv>

#include "platform/base/json_decoder.hpp"
#include "platform/http/cursor.hpp"
#include "platform/http/if_match.hpp"
#include "services/notifications/wishes/change_wishes.hpp"

namespace esm::notifications {

namespace {

constexpr std::int64_t first_user_id = 1'000;

// Whose wishes: the caller's, or those of another user for administrators.
result<std::int64_t> read_user(const http::request& call) {
    const auto& caller = *call.ctx.caller;
    if (const auto text = call.query_param("userId")) {
        std::int64_t given = 0;
        const auto* end = text->data() + text->size();
        const auto [stopped, failure] = std::from_chars(text->data(), end, given);
        if (failure != std::errc{} || stopped != end || given < first_user_id) {
            return http::bad_parameter("userId", "not_allowed", "Must be the id of a user");
        }
        if (given == caller.user_id || caller.has_scope("notifications:admin")) return given;
        return fail(errc::forbidden, "only the scope notifications:admin may see the wishes of other users");
    }
    if (caller.user_id != 0) return caller.user_id;
    return http::bad_parameter(
        "userId", "required", "Is needed where the caller is a client, which has no wishes of its own"
    );
}

http::response reply_with(const stored_wishes& shown) {
    auto body = to_json(shown.says);
    body["updatedAt"] = nullptr;
    if (shown.updated_at) body["updatedAt"] = format_instant(*shown.updated_at);
    auto reply = http::json_reply(200, std::move(body));
    reply.headers.emplace_back("ETag", http::etag(shown.version));
    return reply;
}

// What was read may be sent back as it is; `updatedAt` then says nothing.
result<preferences> read_body(boost::json::object given) {
    boost::json::object times;
    if (const auto found = given.find("updatedAt"); found != given.end()) {
        if (!found->value().is_null()) times.insert(*found);
        given.erase(found);
    }
    json::decoder from(times);
    from.optional_instant("updatedAt");
    auto refused = from.finish();
    auto read = decode_preferences(std::move(given));
    if (!refused) return read;
    if (!read) {
        const auto& others = read.error();
        if (others.code == errc::malformed_request) refused->code = others.code;
        refused->fields.insert(refused->fields.end(), others.fields.begin(), others.fields.end());
        refused->detail = fmt::format("{} fields are wrong", refused->fields.size());
    }
    return std::move(*refused);
}

}  // namespace

awaitable<result<http::response>> get_wishes(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"userId"}); !query) co_return query.error();
    const auto user_id = read_user(call);
    if (!user_id) co_return user_id.error();
    co_return reply_with(co_await wish_store::find(deps.database, *user_id, call.ctx.until));
}

awaitable<result<http::response>> put_wishes(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"userId"}); !query) co_return query.error();
    const auto user_id = read_user(call);
    if (!user_id) co_return user_id.error();
    auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto wanted = read_body(std::move(*body));
    if (!wanted) co_return wanted.error();
    const auto check = [&](std::int64_t version) { return http::check_if_match(call, version); };
    const auto write = [&](db::transaction& tx) { return replace_wishes(tx, *user_id, *wanted, check); };
    const auto changed = co_await deps.database.transact(call.ctx.until, write);
    if (!changed) co_return changed.error();
    co_return reply_with(*changed);
}

}  // namespace esm::notifications
