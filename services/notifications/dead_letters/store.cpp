// See store.hpp.
#include "services/notifications/dead_letters/store.hpp"

#include <limits>

#include "services/notifications/notification_row.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications::dead_letters::store {

namespace {

constexpr std::size_t page_max_characters = 4 * 1024 * 1024;
constexpr std::int64_t forever = std::numeric_limits<std::int64_t>::max();

dead_event read_event(const db::row& from) {
    dead_event read;
    read.id = from.integer(0);
    read.topic = from.text(1);
    read.place = from.text(2);
    read.event_id = from.text(3);
    read.event_type = from.text(4);
    read.key = from.text(5);
    read.user_id = from.integer(6);
    read.headers = from.text(7);
    read.payload = from.text(8);
    read.encoding = from.text(9);
    read.reason = from.text(10);
    read.version = from.integer(11);
    read.created_at = from.integer(12);
    return read;
}

std::vector<dead_event> read_events(const db::rows& from) {
    std::vector<dead_event> all;
    all.reserve(from.size());
    for (const auto& each : from) all.push_back(read_event(each));
    return all;
}

std::vector<dead_notification> read_notifications(const db::rows& from) {
    std::vector<dead_notification> all;
    all.reserve(from.size());
    for (const auto& each : from) {
        constexpr auto next = first_column_after_notification;
        all.push_back({read_notification(each), each.integer(next), each.text(next + 1)});
    }
    return all;
}

std::vector<measured_event> read_measured(const db::rows& from) {
    std::vector<measured_event> all;
    all.reserve(from.size());
    for (const auto& each : from) all.push_back({each.integer(0), static_cast<std::size_t>(each.integer(1))});
    return all;
}

}  // namespace

void insert_event(db::transaction& tx, const dead_event& added) {
    tx.exec(
        sql::insert_dead_event,
        added.topic,
        added.place,
        added.event_id,
        added.event_type,
        added.key,
        added.user_id,
        added.headers,
        added.payload,
        added.encoding,
        added.reason,
        added.created_at
    );
}

awaitable<event_page> list_events(
    db::database& source, const filter& wanted, std::int64_t before, std::size_t limit, deadline until
) {
    constexpr std::size_t found_column = 13;
    const auto rows = co_await source.query(
        until,
        sql::list_dead_events,
        before,
        wanted.topic,
        wanted.event_type,
        payload_shown_max_bytes + 1,
        limit + 1,
        page_max_characters
    );
    event_page page{read_events(rows), false};
    page.more = !rows.empty() && rows.front().integer(found_column) > static_cast<std::int64_t>(rows.size());
    if (page.events.size() > limit) {
        page.events.resize(limit);
        page.more = true;
    }
    co_return page;
}

awaitable<std::vector<dead_notification>> list_notifications(
    db::database& source, const filter& wanted, failure_key before, std::size_t limit, deadline until
) {
    co_return read_notifications(co_await source.query(
        until,
        sql::list_dead_notifications,
        before.failed_at,
        before.notification_id,
        wanted.channel,
        wanted.event_type,
        limit
    ));
}

awaitable<std::optional<dead_event>> find_event(db::database& source, std::int64_t id, deadline until) {
    auto found = read_events(co_await source.query(until, sql::find_dead_event, id));
    if (found.empty()) co_return std::nullopt;
    co_return std::move(found.front());
}

awaitable<std::optional<dead_notification>> find_notification(
    db::database& source, std::int64_t id, deadline until
) {
    auto found = read_notifications(co_await source.query(until, sql::find_dead_notification, id));
    if (found.empty()) co_return std::nullopt;
    co_return std::move(found.front());
}

awaitable<std::vector<dead_event>> lock_events(db::transaction& tx, std::vector<std::int64_t> ids) {
    co_return read_events(co_await tx.query(sql::lock_dead_events, std::move(ids)));
}

awaitable<std::vector<dead_notification>> lock_notifications(
    db::transaction& tx, std::vector<std::int64_t> ids
) {
    co_return read_notifications(co_await tx.query(sql::lock_dead_notifications, std::move(ids)));
}

awaitable<std::vector<measured_event>> select_events(
    db::database& source, const filter& wanted, std::size_t limit, deadline until
) {
    co_return read_measured(co_await source.query(
        until,
        sql::select_dead_events,
        wanted.topic,
        wanted.event_type,
        wanted.failed_after.value_or(0),
        wanted.failed_before.value_or(forever),
        limit
    ));
}

awaitable<std::vector<measured_event>> measure_events(
    db::database& source, std::vector<std::int64_t> ids, deadline until
) {
    co_return read_measured(co_await source.query(until, sql::measure_dead_events, std::move(ids)));
}

awaitable<std::vector<std::int64_t>> select_notifications(
    db::database& source, const filter& wanted, std::size_t limit, deadline until
) {
    const auto rows = co_await source.query(
        until,
        sql::select_dead_notifications,
        wanted.channel,
        wanted.event_type,
        wanted.failed_after.value_or(0),
        wanted.failed_before.value_or(forever),
        limit
    );
    std::vector<std::int64_t> ids;
    ids.reserve(rows.size());
    for (const auto& each : rows) ids.push_back(each.integer(0));
    co_return ids;
}

void mark_redriven(db::transaction& tx, const std::vector<std::int64_t>& event_ids, instant_us now) {
    tx.exec(sql::mark_events_redriven, event_ids, now);
}

void revive(db::transaction& tx, const std::vector<std::int64_t>& notification_ids) {
    tx.exec(sql::redrive_notifications, notification_ids);
    tx.exec(sql::delete_dead_notifications, notification_ids);
}

void save_reason(db::transaction& tx, std::int64_t event_id, const std::string& reason) {
    tx.exec(sql::refuse_dead_event, event_id, reason);
}

void save_payload(
    db::transaction& tx, std::int64_t event_id, const std::string& payload, std::int64_t user_id
) {
    tx.exec(sql::save_dead_event_payload, event_id, payload, user_id);
}

void save_recipient(db::transaction& tx, std::int64_t notification_id, const std::string& recipient) {
    tx.exec(sql::save_recipient, notification_id, recipient);
}

void discard_event(db::transaction& tx, std::int64_t id) {
    tx.exec(sql::delete_dead_event, id);
}

void discard_notification(db::transaction& tx, std::int64_t id) {
    tx.exec(sql::delete_dead_notifications, db::integer_list{id});
}

void remove_events_of_user(db::transaction& tx, std::int64_t user_id) {
    tx.exec(sql::delete_dead_events_of_user, user_id);
}

awaitable<void> forget_redriven(db::database& target, instant_us before, std::size_t limit, deadline until) {
    co_await target.query(until, sql::delete_redriven_events, before, limit);
}

awaitable<counts> count(db::database& source, std::int64_t most, deadline until) {
    const auto rows = co_await source.query(until, sql::count_dead_letters, most);
    co_return counts{rows.front().integer(0), rows.front().integer(1)};
}

}  // namespace esm::notifications::dead_letters::store
