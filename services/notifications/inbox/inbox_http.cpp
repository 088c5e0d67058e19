// See inbox_http.hpp.
#include "services/notifications/inbox/inbox_http.hpp"

#include <charconv>
#include <limits>

#include "platform/base/json_decoder.hpp"
#include "platform/http/cursor.hpp"
#include "platform/http/if_match.hpp"
#include "services/notifications/inbox/inbox_stream.hpp"
#include "services/notifications/own_things.hpp"

namespace esm::notifications {

namespace {

constexpr std::string_view event_stream_type = "text/event-stream";
constexpr std::size_t event_id_digits_max = 18;  // as the contract has it

// Unset where there is none.
result<std::optional<std::int64_t>> read_last_event_id(const http::request& call) {
    const auto text = call.header("last-event-id");
    if (text.empty()) return std::optional<std::int64_t>{};
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.size() > event_id_digits_max || failure != std::errc{} || end != text.data() + text.size() ||
        number < 0) {
        return http::bad_parameter(
            "Last-Event-ID", "not_allowed", "must be the id of an event, a whole number"
        );
    }
    return std::optional(number);
}

awaitable<result<http::response>> set_read(notifications_http& deps, http::request& call, bool is_read) {
    if (const auto known = http::check_query(call, {}); !known) co_return known.error();
    const auto owner = owner_of(call);
    if (!owner) co_return owner.error();
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto check = [&call](std::int64_t version) { return http::check_if_match(call, version); };
    const auto changed = co_await deps.reading.set(*owner, *id, is_read, check, call.ctx.until);
    if (!changed) co_return changed.error();
    auto reply = http::json_reply(200, {{"notification", to_json(*changed)}});
    reply.headers.emplace_back("ETag", http::etag(changed->version));
    co_return reply;
}

}  // namespace

awaitable<result<http::response>> get_inbox_stream(notifications_http& deps, http::request& call) {
    if (const auto known = http::check_query(call, {}); !known) co_return known.error();
    const auto owner = owner_of(call);
    if (!owner) co_return owner.error();
    const auto seen = read_last_event_id(call);
    if (!seen) co_return seen.error();
    auto watched = co_await deps.inboxes.watch(*owner, *seen, call.ctx.until);
    if (!watched) co_return watched.error();
    http::response reply;
    reply.content_type = event_stream_type;
    reply.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would gather the events
    reply.source = std::make_shared<inbox_stream>(
        std::move(*watched),
        security::caller_check(*call.ctx.caller, deps.revoked),
        http::event_stream_rules{
            .lifetime_max = std::chrono::milliseconds(deps.settings.stream_lifetime_max_ms)
        }
    );
    co_return reply;
}

awaitable<result<http::response>> put_read(notifications_http& deps, http::request& call) {
    return set_read(deps, call, true);
}

awaitable<result<http::response>> delete_read(notifications_http& deps, http::request& call) {
    return set_read(deps, call, false);
}

awaitable<result<http::response>> post_read(notifications_http& deps, http::request& call) {
    if (const auto known = http::check_query(call, {}); !known) co_return known.error();
    const auto owner = owner_of(call);
    if (!owner) co_return owner.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    const auto up_to = from.integer("upTo", 1, std::numeric_limits<std::int64_t>::max());
    if (auto refused = from.finish()) co_return std::move(*refused);
    const auto marked = co_await deps.reading.set_up_to(*owner, up_to, call.ctx.until);
    co_return http::json_reply(200, {{"marked", marked}});
}

}  // namespace esm::notifications
