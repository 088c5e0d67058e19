// See list_notifications_http.hpp.
#include "services/notifications/list_notifications_http.hpp"

#include <limits>

#include "platform/base/event_type.hpp"
#include "platform/http/cursor.hpp"
#include "services/notifications/inbox/inbox_store.hpp"
#include "services/notifications/notification_store.hpp"
#include "services/notifications/own_things.hpp"

namespace esm::notifications {

namespace {

struct list_filter : notification_store::filter {
    bool unread{false};  // of the caller's own inbox
};

// What is unread is a matter of one's own inbox, for administrators too.
result<void> read_unread(const http::request& call, list_filter& wanted) {
    const auto unread = call.query_param("unread");
    if (!unread) return {};
    if (*unread != "true" && *unread != "false")
        return http::bad_parameter("unread", "invalid", "must be true or false");
    wanted.unread = *unread == "true";
    if (!wanted.unread) return {};
    if (!wanted.channel.empty() && wanted.channel != "in_app") {
        return http::bad_parameter("unread", "invalid", "is for the channel in_app alone");
    }
    const auto owner = owner_of(call);
    if (!owner) return owner.error();
    wanted.user_id = *owner;
    return {};
}

result<list_filter> read_filter(const http::request& call) {
    list_filter wanted;
    wanted.user_id = visible_to(call);
    if (const auto channel = call.query_param("channel")) {
        if (!is_channel(*channel)) return http::bad_parameter("channel", "invalid", "is no channel");
        wanted.channel = *channel;
    }
    if (const auto status = call.query_param("status")) {
        if (!parse_status(*status))
            return http::bad_parameter("status", "invalid", "is no status of a notification");
        wanted.status = *status;
    }
    if (const auto event_type = call.query_param("eventType")) {
        if (!is_event_type(*event_type))
            return http::bad_parameter("eventType", "invalid", "is no type of an event");
        wanted.event_type = *event_type;
    }
    if (const auto from = call.query_param("fromId")) {
        const auto id = http::parse_id(*from);
        if (!id) return http::bad_parameter("fromId", "invalid", "is no id of a notification");
        wanted.from_id = *id;
    }
    if (const auto read = read_unread(call, wanted); !read) return read.error();
    return wanted;
}

// The canonical text that a cursor belongs to.
std::string canonical(const list_filter& wanted) {
    return fmt::format(
        "notifications|{}|{}|{}|{}|{}|{}",
        wanted.user_id ? std::to_string(*wanted.user_id) : "all",
        wanted.channel,
        wanted.status,
        wanted.event_type,
        wanted.unread ? "unread" : "all",
        wanted.from_id
    );
}

awaitable<std::vector<notification>> find_page(
    db::database& source, const list_filter& wanted, std::int64_t before, std::int64_t limit, deadline until
) {
    if (!wanted.unread) co_return co_await notification_store::list(source, wanted, before, limit, until);
    const inbox_store::unread_filter unread{
        *wanted.user_id, wanted.status, wanted.event_type, wanted.from_id
    };
    co_return co_await inbox_store::list_unread(source, unread, before, limit, until);
}

}  // namespace

awaitable<result<http::response>> list_notifications(notifications_http& deps, http::request& call) {
    const auto known =
        http::check_query(call, {"channel", "status", "eventType", "unread", "fromId", "limit", "cursor"});
    if (!known) co_return known.error();
    const auto wanted = read_filter(call);
    if (!wanted) co_return wanted.error();
    const auto filter_text = canonical(*wanted);
    const auto page = http::read_page(call, filter_text, 1);
    if (!page) co_return page.error();

    const auto before = page->after.empty() ? std::numeric_limits<std::int64_t>::max() : page->after.front();
    // One more than asked for tells whether another page follows.
    auto found = co_await find_page(deps.database, *wanted, before, page->limit + 1, call.ctx.until);
    const bool more = found.size() > static_cast<std::size_t>(page->limit);
    if (more) found.resize(static_cast<std::size_t>(page->limit));

    boost::json::array items;
    items.reserve(found.size());
    for (const auto& each : found) items.push_back(to_json(each));
    std::string cursor;
    if (more) cursor = http::make_cursor({found.back().notification_id}, filter_text);
    co_return http::page_reply(call, "notifications", std::move(items), cursor);
}

}  // namespace esm::notifications
