// See export_notifications.hpp.
#include "services/notifications/export_notifications.hpp"

#include <charconv>
#include <limits>

#include "platform/base/words.hpp"
#include "platform/http/cursor.hpp"
#include "services/notifications/devices/device_json.hpp"
#include "services/notifications/endpoints/endpoint_json.hpp"
#include "services/notifications/notification_store.hpp"
#include "services/notifications/own_things.hpp"
#include "services/notifications/sign_ins.hpp"
#include "services/notifications/wishes/wish_store.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t sign_ins_a_page_max = 1000;
constexpr std::size_t notifications_a_page_max = 100;
constexpr std::int64_t from_the_first = 0;
constexpr std::string_view sign_in_list = "signIns", notification_list = "notifications";
constexpr auto newest = std::numeric_limits<std::int64_t>::max();

std::string list_name(std::int64_t user_id) {
    return fmt::format("export of user {}", user_id);
}

// Behind what a page begins: an item of one of the two lists that have no limit.
struct place {
    std::string list{}, item{};
    std::int64_t number{0};  // of the item, where it is a notification
};

result<place> read_cursor(std::string cursor, std::int64_t user_id) {
    http::request asked;
    asked.query.emplace_back("cursor", std::move(cursor));
    const auto page = http::read_named_page(asked, list_name(user_id));
    if (!page) return page.error();
    const auto words = split_words(page->after_name);
    if (words.size() != 2) return fail(errc::invalid_cursor);
    place read{words[0], words[1]};
    if (read.list == sign_in_list) return read;
    const auto* end = read.item.data() + read.item.size();
    const auto [stopped, failure] = std::from_chars(read.item.data(), end, read.number);
    const bool is_number = failure == std::errc{} && stopped == end;
    if (read.list != notification_list || !is_number) return fail(errc::invalid_cursor);
    return read;
}

std::string text_of(const std::optional<contact>& shown) {
    if (!shown) return "null";
    return boost::json::serialize(boost::json::object{
        {"email", shown->email},
        {"username", shown->username},
        {"firstName", shown->first_name},
        {"locale", boost::json::value_from(shown->locale)},
        {"phone", boost::json::value_from(shown->phone)},
    });
}

std::string text_of(const stored_wishes& shown) {
    return shown.version == 0 ? "null" : boost::json::serialize(to_json(shown.says));
}

template <class Item>
std::string text_of(const std::vector<Item>& shown) {
    boost::json::array all;
    for (const auto& each : shown) all.push_back(to_json(each));
    return boost::json::serialize(all);
}

std::string text_of(const notification_store::whole_notification& shown) {
    auto entry = to_json(shown.what);
    // What is told of another user is that user's.
    entry["model"] = shown.what.about_user_id ? boost::json::value() : boost::json::parse(shown.model);
    if (shown.content) entry["content"] = boost::json::parse(*shown.content);
    boost::json::array attempts, items;
    for (const auto& each : shown.attempts) attempts.push_back(to_json(each));
    for (const auto& each : shown.items) {
        items.push_back(
            boost::json::object{{"subject", each.subject}, {"createdAt", format_instant(each.created_at)}}
        );
    }
    entry["attemptLog"] = std::move(attempts);
    entry["itemLog"] = std::move(items);
    return boost::json::serialize(entry);
}

// One page in the making.
class export_writer {
public:
    export_writer(db::database& source, std::int64_t user_id, deadline until)
        : source_(source), user_id_(user_id), until_(until) {}

    awaitable<personal_data::export_page> first() {
        const auto known = co_await notification_store::find_contact(source_, user_id_, until_);
        const auto wishes = co_await wish_store::find(source_, user_id_, until_);
        const auto devices =
            co_await device_store::list(source_, user_id_, from_the_first, own_things_max, until_);
        const auto webhooks =
            co_await endpoint_store::list(source_, user_id_, from_the_first, own_things_max, until_);
        made_.json = fmt::format(
            R"({{"contact":{},"preferences":{},"devices":{},"webhooks":{},"signIns":[)",
            text_of(known),
            text_of(wishes),
            text_of(devices),
            text_of(webhooks)
        );
        co_return co_await sign_ins_behind({});
    }

    awaitable<personal_data::export_page> sign_ins_behind(std::string last) {
        bool comma = !last.empty();
        const auto found = co_await sign_ins::list(source_, user_id_, last, sign_ins_a_page_max, until_);
        for (const auto& each : found) {
            if (std::exchange(comma, true)) made_.json += ',';
            made_.json += fmt::format(
                R"({{"fingerprint":"{}","seenAt":"{}"}})", each.fingerprint, format_instant(each.seen_at)
            );
        }
        if (found.size() == sign_ins_a_page_max) co_return end_behind(sign_in_list, found.back().fingerprint);
        made_.json += "],\"notifications\":[";
        co_return co_await notifications_below(newest);
    }

    awaitable<personal_data::export_page> notifications_below(std::int64_t last) {
        const auto found = co_await notification_store::list_whole(
            source_, user_id_, last, notifications_a_page_max, until_
        );
        std::size_t shown = 0;
        for (; shown < found.size() && made_.json.size() < personal_data::page_bytes; ++shown) {
            if (last != newest) made_.json += ',';
            made_.json += text_of(found[shown]);
            last = found[shown].what.notification_id;
        }
        if (shown < found.size() || found.size() == notifications_a_page_max) {
            co_return end_behind(notification_list, std::to_string(last));
        }
        made_.json += "]}";
        co_return std::move(made_);
    }

private:
    personal_data::export_page end_behind(std::string_view list, const std::string& item) {
        made_.next_cursor = http::make_named_cursor(fmt::format("{} {}", list, item), list_name(user_id_));
        return std::move(made_);
    }

    db::database& source_;
    const std::int64_t user_id_;
    const deadline until_;
    personal_data::export_page made_;
};

}  // namespace

awaitable<result<personal_data::export_page>> export_notifications(
    db::database& source, std::int64_t user_id, std::string cursor, deadline until
) {
    export_writer writer(source, user_id, until);
    if (cursor.empty()) co_return co_await writer.first();
    const auto behind = read_cursor(std::move(cursor), user_id);
    if (!behind) co_return behind.error();
    if (behind->list == sign_in_list) co_return co_await writer.sign_ins_behind(behind->item);
    co_return co_await writer.notifications_below(behind->number);
}

}  // namespace esm::notifications
