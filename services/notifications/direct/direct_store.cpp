// See direct_store.hpp.
#include "services/notifications/direct/direct_store.hpp"

#include "services/notifications/notification_row.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications::direct_store {

awaitable<std::vector<notification>> find_all(db::transaction& tx, const std::vector<std::int64_t>& ids) {
    std::vector<notification> all;
    for (const auto& each : co_await tx.query(sql::find_notifications, ids)) {
        all.push_back(read_notification(each));
    }
    co_return all;
}

awaitable<std::vector<std::int64_t>> ids_of_event(db::transaction& tx, const std::string& event_id) {
    std::vector<std::int64_t> ids;
    for (const auto& each : co_await tx.query(sql::find_notifications_of_event, event_id)) {
        ids.push_back(each.integer(0));
    }
    co_return ids;
}

awaitable<std::optional<original>> find_original(db::transaction& tx, std::int64_t id) {
    const auto rows = co_await tx.query(sql::find_whole_notification, id);
    if (rows.empty()) co_return std::nullopt;
    const auto row = rows.front();
    constexpr auto next = first_column_after_notification;
    co_return original{
        read_notification(row), row.text(next), row.optional_text(next + 1), row.boolean(next + 2)
    };
}

void copy_items(db::transaction& tx, const notification& from, std::int64_t to) {
    tx.exec(sql::copy_items, from.notification_id, to);
    tx.exec(sql::set_items, to, from.items);
}

}  // namespace esm::notifications::direct_store
