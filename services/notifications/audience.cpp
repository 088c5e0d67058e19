// See audience.hpp.
#include "services/notifications/audience.hpp"

#include <algorithm>

#include "platform/observe/log.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications {

namespace {

contact read_contact_row(const db::row& from) {
    contact read;
    read.user_id = from.integer(0);
    read.version = from.integer(1);
    read.email = from.text(2);
    read.username = from.optional_text(3).value_or("");
    read.first_name = from.optional_text(4).value_or("");
    read.locale = from.optional_text(5);
    read.phone = from.optional_text(6);
    return read;
}

}  // namespace

bool audience_webhook::wants(std::string_view event_type, std::int64_t about) const {
    if (!everyone && about != user_id) return false;
    return event_types.empty() ||
           std::find(event_types.begin(), event_types.end(), event_type) != event_types.end();
}

const audience_member& audience::at(std::int64_t user_id) const {
    static const audience_member nobody{};
    const auto found = members.find(user_id);
    return found == members.end() ? nobody : found->second;
}

awaitable<bool> has_webhooks(db::transaction& tx) {
    const auto rows = co_await tx.query(sql::has_webhooks);
    co_return !rows.empty();
}

awaitable<audience> load_audience(
    db::transaction& tx, std::vector<std::int64_t> user_ids, bool with_webhooks
) {
    std::sort(user_ids.begin(), user_ids.end());
    user_ids.erase(std::unique(user_ids.begin(), user_ids.end()), user_ids.end());
    audience all;
    for (const auto& each : co_await tx.query(sql::list_audience, user_ids)) {
        auto& member = all.members[each.integer(0)];
        if (!each.is_null(2)) member.known = read_contact_row(each);
        if (!each.is_null(7)) member.wishes = read_wishes(each.view(7));
    }
    for (const auto& each : co_await tx.query(sql::list_devices_of_users, user_ids)) {
        all.members[each.integer(0)].devices.push_back(each.integer(1));
    }
    if (!with_webhooks) co_return all;
    for (const auto& each : co_await tx.query(sql::list_webhooks_of_users, user_ids)) {
        audience_webhook read{each.integer(0), each.integer(1), each.boolean(2), {}};
        const auto types = boost::json::parse(each.view(3));
        for (const auto& type : types.as_array()) {
            read.event_types.emplace_back(type.as_string());
        }
        all.webhooks.push_back(std::move(read));
    }
    co_return all;
}

preferences read_wishes(std::string_view body) {
    boost::system::error_code failure;
    auto parsed = boost::json::parse(body, failure);
    if (!failure && parsed.is_object()) {
        if (auto read = decode_stored_preferences(std::move(parsed.get_object()))) return std::move(*read);
    }
    observe::log(
        observe::level::error,
        "somebody's stored preferences cannot be read: the defaults count",
        {{"service", std::string("notifications")}}
    );
    return {};
}

}  // namespace esm::notifications
