// See direct_http.hpp.
#include "services/notifications/direct/direct_http.hpp"

#include <limits>

#include "platform/base/json_decoder.hpp"
#include "platform/base/random.hpp"
#include "platform/http/cursor.hpp"
#include "platform/http/idempotency.hpp"
#include "services/notifications/direct/resend_message.hpp"
#include "services/notifications/direct/send_message.hpp"

namespace esm::notifications {

namespace {

// Lengths and ranges are rules of the use case; here only types count.
constexpr json::text_rule any_text{0, message_body_max_bytes};
constexpr auto any_number = std::numeric_limits<std::int64_t>::max();

result<new_message> decode_event(const boost::json::object& body) {
    json::decoder from(body);
    imitated_event given;
    given.event_type = from.text("eventType", any_text);
    if (const auto* fields = from.object("fields")) given.fields = *fields;
    given.user_id = from.integer("userId", 1, any_number);
    if (auto refused = from.finish()) return std::move(*refused);
    return given;
}

result<new_message> decode_message(const boost::json::object& body) {
    if (body.contains("eventType")) return decode_event(body);
    json::decoder from(body);
    own_words given;
    given.channel = from.text("channel", any_text);
    given.user_id = from.optional_integer("userId", 1, any_number);
    given.address = from.optional_text("address", any_text);
    given.subject = from.optional_text("subject", any_text).value_or("");
    given.text = from.text("text", any_text);
    given.html = from.optional_text("html", any_text);
    given.critical = from.optional_boolean("critical").value_or(false);
    given.deliver_at = from.optional_instant("deliverAt");
    if (auto refused = from.finish()) return std::move(*refused);
    return given;
}

http::response created(const std::vector<notification>& made) {
    boost::json::array all;
    for (const auto& each : made) all.push_back(to_json(each));
    boost::json::value first = nullptr;
    if (!all.empty()) first = all.front();
    boost::json::object body{{"notification", std::move(first)}, {"notifications", std::move(all)}};
    auto reply = http::json_reply(made.empty() ? 200 : 201, std::move(body));
    if (made.empty()) return reply;
    const auto id = made.front().notification_id;
    reply.headers.emplace_back("Location", fmt::format("/api/v1/eventstreammonitor/notifications/{}", id));
    reply.headers.emplace_back("ETag", http::etag(made.front().version));
    return reply;
}

}  // namespace

awaitable<result<http::response>> post_notification(notifications_http& deps, http::request& call) {
    if (const auto known = http::check_query(call, {}); !known) co_return known.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto given = decode_message(*body);
    if (!given) co_return given.error();
    const auto event_id = "direct:" + random_hex(16);
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto made = co_await deps.sending.run(tx, call.ctx.trace, event_id, *given);
        if (!made) co_return made.error();
        co_return created(*made);
    };
    co_return co_await http::run_once(deps.database, call, write);
}

awaitable<result<http::response>> post_resend(notifications_http& deps, http::request& call) {
    if (const auto known = http::check_query(call, {}); !known) co_return known.error();
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto made = co_await deps.resending.run(tx, call.ctx.trace, *id);
        if (!made) co_return made.error();
        auto reply = http::json_reply(201, {{"notification", to_json(*made)}});
        reply.headers.emplace_back(
            "Location", fmt::format("/api/v1/eventstreammonitor/notifications/{}", made->notification_id)
        );
        reply.headers.emplace_back("ETag", http::etag(made->version));
        co_return reply;
    };
    co_return co_await http::run_once(deps.database, call, write);
}

}  // namespace esm::notifications
