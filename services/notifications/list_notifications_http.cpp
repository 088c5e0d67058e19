// See list_notifications_http.hpp.
#include "services/notifications/list_notifications_http.hpp"

#include <limits>

#include "platform/http/cursor.hpp"
#include "services/notifications/notification_store.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t event_type_max = 128;

error bad_parameter(std::string name, std::string message) {
    auto refusal = fail(errc::malformed_request, fmt::format("the query parameter {} {}", name, message));
    refusal.fields.push_back({std::move(name), "invalid", std::move(message)});
    return refusal;
}

bool is_event_type(std::string_view text) {
    return text.size() <= event_type_max && text.find('.') != std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](unsigned char each) {
               return std::islower(each) != 0 || std::isdigit(each) != 0 || each == '_' || each == '.';
           });
}

result<notification_store::filter> read_filter(const http::request& call) {
    notification_store::filter wanted;
    wanted.user_id = visible_to(call);
    if (const auto channel = call.query_param("channel")) {
        if (!is_channel(*channel)) return bad_parameter("channel", "is no channel");
        wanted.channel = *channel;
    }
    if (const auto status = call.query_param("status")) {
        if (!parse_status(*status)) return bad_parameter("status", "is no status of a notification");
        wanted.status = *status;
    }
    if (const auto event_type = call.query_param("eventType")) {
        if (!is_event_type(*event_type)) return bad_parameter("eventType", "is no type of an event");
        wanted.event_type = *event_type;
    }
    return wanted;
}

// The canonical text that a cursor belongs to.
std::string canonical(const notification_store::filter& wanted) {
    return fmt::format(
        "notifications|{}|{}|{}|{}",
        wanted.user_id ? std::to_string(*wanted.user_id) : "all",
        wanted.channel,
        wanted.status,
        wanted.event_type
    );
}

}  // namespace

awaitable<result<http::response>> list_notifications(notifications_http& deps, http::request& call) {
    const auto known = http::check_query(call, {"channel", "status", "eventType", "limit", "cursor"});
    if (!known) co_return known.error();
    const auto wanted = read_filter(call);
    if (!wanted) co_return wanted.error();
    const auto filter_text = canonical(*wanted);
    const auto page = http::read_page(call, filter_text, 1);
    if (!page) co_return page.error();

    const auto before = page->after.empty() ? std::numeric_limits<std::int64_t>::max() : page->after.front();
    // One more than asked for tells whether another page follows.
    auto found =
        co_await notification_store::list(deps.database, *wanted, before, page->limit + 1, call.ctx.until);
    const bool more = found.size() > static_cast<std::size_t>(page->limit);
    if (more) found.resize(static_cast<std::size_t>(page->limit));

    boost::json::array items;
    items.reserve(found.size());
    for (const auto& each : found) items.push_back(to_json(each));
    boost::json::value next = nullptr;
    http::header_list headers;
    if (more) {
        const auto cursor = http::make_cursor({found.back().notification_id}, filter_text);
        next = boost::json::string(cursor);
        headers.emplace_back("Link", fmt::format("<{}>; rel=\"next\"", http::next_link(call, cursor)));
    }
    auto reply =
        http::json_reply(200, {{"notifications", std::move(items)}, {"nextCursor", std::move(next)}});
    reply.headers = std::move(headers);
    co_return reply;
}

}  // namespace esm::notifications
