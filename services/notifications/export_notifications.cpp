// See export_notifications.hpp.
#include "services/notifications/export_notifications.hpp"

#include <limits>

#include "platform/http/cursor.hpp"
#include "services/notifications/notification_store.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t notifications_a_page_max = 100;
constexpr auto newest = std::numeric_limits<std::int64_t>::max();

std::string list_name(std::int64_t user_id) {
    return fmt::format("export of user {}", user_id);
}

// Below which id the page begins.
result<std::int64_t> read_cursor(const std::string& cursor, std::int64_t user_id) {
    if (cursor.empty()) return newest;
    http::request asked;
    asked.query.emplace_back("cursor", cursor);
    const auto page = http::read_page(asked, list_name(user_id), 1);
    if (!page) return page.error();
    return page->after.front();
}

awaitable<std::string> contact_text(db::database& source, std::int64_t user_id, deadline until) {
    const auto known = co_await notification_store::find_contact(source, user_id, until);
    if (!known) co_return "null";
    boost::json::object shown{
        {"email", known->email},
        {"username", known->username},
        {"firstName", known->first_name},
        {"locale", boost::json::value_from(known->locale)},
        {"phone", boost::json::value_from(known->phone)},
    };
    co_return boost::json::serialize(shown);
}

std::string text_of(const notification_store::whole_notification& shown) {
    auto entry = to_json(shown.what);
    entry["model"] = boost::json::parse(shown.model);
    if (shown.content) entry["content"] = boost::json::parse(*shown.content);
    boost::json::array log;
    for (const auto& each : shown.attempts) log.push_back(to_json(each));
    entry["attemptLog"] = std::move(log);
    return boost::json::serialize(entry);
}

}  // namespace

awaitable<result<personal_data::export_page>> export_notifications(
    db::database& source, std::int64_t user_id, std::string cursor, deadline until
) {
    const auto before = read_cursor(cursor, user_id);
    if (!before) co_return before.error();
    personal_data::export_page page;
    if (cursor.empty()) {
        page.json =
            fmt::format(R"({{"contact":{},"notifications":[)", co_await contact_text(source, user_id, until));
    }
    const auto found =
        co_await notification_store::list_whole(source, user_id, *before, notifications_a_page_max, until);
    auto last = *before;
    std::size_t shown = 0;
    for (; shown < found.size() && page.json.size() < personal_data::page_bytes; ++shown) {
        if (last != newest) page.json += ',';
        page.json += text_of(found[shown]);
        last = found[shown].what.notification_id;
    }
    if (shown == found.size() && found.size() < notifications_a_page_max) {
        page.json += "]}";
    } else {
        page.next_cursor = http::make_cursor({last}, list_name(user_id));
    }
    co_return page;
}

}  // namespace esm::notifications
