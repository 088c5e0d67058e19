// See inbox_store.hpp.
#include "services/notifications/inbox/inbox_store.hpp"

#include "services/notifications/notification_row.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications::inbox_store {

awaitable<std::vector<std::vector<entry>>> news(
    db::database& source, const std::vector<question>& asked, std::size_t most, deadline until
) {
    std::vector<std::vector<entry>> found(asked.size());
    if (asked.empty()) co_return found;
    db::integer_list places, users, instants, ids;
    for (const auto& each : asked) {
        places.push_back(static_cast<std::int64_t>(places.size()));
        users.push_back(each.user_id);
        instants.push_back(each.after.at);
        ids.push_back(each.after.notification_id);
    }
    const db::integer_list limits(asked.size(), static_cast<std::int64_t>(most));
    const auto look = [&](db::transaction& tx) -> awaitable<db::rows> {
        std::vector<db::column> columns{places, users, instants, ids, limits};
        co_return co_await tx.query_bulk(sql::inbox_news, std::move(columns));
    };
    for (const auto& each : co_await source.transact(until, look)) {
        constexpr auto next = first_column_after_notification;
        auto& into = found.at(static_cast<std::size_t>(each.integer(next + 1)));
        into.push_back({read_notification(each), each.integer(next)});
    }
    co_return found;
}

awaitable<place> find_place(
    db::database& source, std::int64_t user_id, std::int64_t notification_id, deadline until
) {
    const auto rows = co_await source.query(until, sql::find_inbox_place, user_id, notification_id);
    if (rows.empty()) co_return place{};
    co_return place{rows.front().integer(0), rows.front().integer(1)};
}

awaitable<std::optional<notification>> lock(
    db::transaction& tx, std::int64_t user_id, std::int64_t notification_id
) {
    const auto rows = co_await tx.query(sql::lock_inbox_entry, notification_id, user_id);
    if (rows.empty()) co_return std::nullopt;
    co_return read_notification(rows.front());
}

void set_read(
    db::transaction& tx, std::int64_t notification_id, std::optional<instant_us> read_at, instant_us now
) {
    tx.exec(sql::set_read, notification_id, read_at, now);
}

awaitable<std::size_t> mark_read_up_to(
    db::transaction& tx, std::int64_t user_id, std::int64_t up_to, instant_us now, std::size_t most
) {
    const auto rows = co_await tx.query(sql::mark_read_up_to, user_id, up_to, now, most);
    co_return rows.size();
}

awaitable<std::vector<notification>> list_unread(
    db::database& source, const unread_filter& wanted, std::int64_t before, std::int64_t limit, deadline until
) {
    const auto rows = co_await source.query(
        until,
        sql::list_unread,
        wanted.user_id,
        before,
        wanted.from_id,
        wanted.status,
        wanted.event_type,
        limit
    );
    std::vector<notification> all;
    all.reserve(rows.size());
    for (const auto& each : rows) all.push_back(read_notification(each));
    co_return all;
}

}  // namespace esm::notifications::inbox_store
