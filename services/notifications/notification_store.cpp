// See notification_store.hpp.
#include "services/notifications/notification_store.hpp"

#include <stdexcept>
#include <unordered_map>

#include "services/notifications/sql.hpp"

namespace esm::notifications::notification_store {

namespace {

constexpr std::int64_t attempts_shown_max = 100;
constexpr std::int64_t attempts_exported_max = 1000;
constexpr std::size_t first_column_after_notification = 16;

notification read_notification(const db::row& from) {
    notification read;
    read.notification_id = from.integer(0);
    read.user_id = from.integer(1);
    read.channel = from.text(2);
    read.event_id = from.text(3);
    read.event_type = from.text(4);
    read.recipient = from.text(5);
    read.subject = from.text(6);
    const auto known = parse_status(from.view(7));
    if (!known) throw std::runtime_error("a notification has an unknown status");
    read.status = *known;
    read.attempts = from.integer(8);
    read.refusals = from.integer(9);
    read.error_message = from.optional_text(10);
    read.created_at = from.integer(11);
    read.sent_at = from.optional_integer(12);
    read.correlation_id = from.text(13);
    read.traceparent = from.text(14);
    read.version = from.integer(15);
    return read;
}

}  // namespace

awaitable<std::optional<inserted>> insert(db::transaction& tx, const draft& given) {
    const auto rows = co_await tx.query(
        sql::insert_notification,
        given.event_id,
        given.event_type,
        given.channel,
        fmt::format("user:{}", given.user_id),
        given.user_id,
        given.template_name,
        given.model,
        given.subject,
        given.correlation_id,
        given.traceparent,
        given.created_at,
        given.recipient
    );
    if (rows.empty()) co_return std::nullopt;
    co_return inserted{rows.front().integer(0), rows.front().boolean(1)};
}

void save_contact(db::transaction& tx, const contact& known, instant_us now) {
    tx.exec(
        sql::save_contact,
        known.user_id,
        known.version,
        known.email,
        known.username,
        known.first_name,
        known.locale,
        now
    );
}

awaitable<bool> hold_contact(db::transaction& tx, std::int64_t user_id) {
    const auto rows = co_await tx.query(sql::hold_contact, user_id);
    co_return !rows.front().is_null(0);
}

awaitable<std::vector<released>> release_waiting(db::transaction& tx, std::int64_t user_id) {
    const auto rows = co_await tx.query(sql::release_waiting, user_id);
    std::vector<released> all;
    all.reserve(rows.size());
    for (const auto& each : rows) all.push_back({each.integer(0), each.text(1)});
    co_return all;
}

awaitable<std::vector<std::int64_t>> mark_sending(db::transaction& tx, std::vector<std::int64_t> ids) {
    const auto rows = co_await tx.query(sql::mark_sending, std::move(ids));
    std::vector<std::int64_t> marked;
    marked.reserve(rows.size());
    for (const auto& each : rows) marked.push_back(each.integer(0));
    co_return marked;
}

void put_back(db::transaction& tx, std::int64_t id) {
    tx.exec(sql::put_back, id);
}

awaitable<std::vector<std::pair<std::int64_t, delivery_work>>> load_deliveries(
    db::database& source, std::vector<std::int64_t> ids, deadline until
) {
    const auto rows = co_await source.query(until, sql::load_deliveries, std::move(ids));
    std::vector<std::pair<std::int64_t, delivery_work>> loaded;
    loaded.reserve(rows.size());
    for (const auto& each : rows) {
        constexpr auto next = first_column_after_notification;
        delivery_work work{read_notification(each), each.text(next), each.text(next + 1), {}};
        work.to.user_id = work.what.user_id;
        work.to.email = work.what.recipient;
        work.to.username = each.optional_text(next + 2).value_or("");
        work.to.first_name = each.optional_text(next + 3).value_or("");
        work.to.locale = each.optional_text(next + 4);
        const auto id = work.what.notification_id;
        loaded.emplace_back(id, std::move(work));
    }
    co_return loaded;
}

void record(db::transaction& tx, const std::vector<std::pair<notification, attempt>>& ended) {
    db::integer_list ids, attempts, refusals, versions, numbers, started, finished;
    db::text_list states, outcomes, answers;
    db::nullable_texts errors;
    db::nullable_integers sent;
    for (const auto& [after, log] : ended) {
        ids.push_back(after.notification_id);
        states.emplace_back(to_text(after.status));
        attempts.push_back(after.attempts);
        refusals.push_back(after.refusals);
        errors.push_back(after.error_message);
        sent.push_back(after.sent_at);
        versions.push_back(after.version);
        numbers.push_back(log.number);
        started.push_back(log.started_at);
        finished.push_back(log.finished_at);
        outcomes.push_back(log.outcome);
        answers.push_back(log.answer);
    }
    tx.exec_bulk(sql::record_outcomes, {ids, states, attempts, refusals, errors, sent, versions});
    tx.exec_bulk(sql::insert_attempts, {ids, numbers, started, finished, outcomes, answers});
}

awaitable<std::optional<notification>> find(db::database& source, std::int64_t id, deadline until) {
    const auto rows = co_await source.query(until, sql::find_notification, id);
    if (rows.empty()) co_return std::nullopt;
    co_return read_notification(rows.front());
}

awaitable<std::vector<attempt>> list_attempts(db::database& source, std::int64_t id, deadline until) {
    const auto rows = co_await source.query(until, sql::list_attempts, id, attempts_shown_max);
    std::vector<attempt> all;
    all.reserve(rows.size());
    for (const auto& each : rows) {
        all.push_back({each.integer(0), each.integer(1), each.integer(2), each.text(3), each.text(4)});
    }
    std::reverse(all.begin(), all.end());
    co_return all;
}

awaitable<std::vector<notification>> list(
    db::database& source, const filter& wanted, std::int64_t before, std::int64_t limit, deadline until
) {
    db::rows rows;
    if (wanted.user_id) {
        rows = co_await source.query(
            until,
            sql::list_own_notifications,
            *wanted.user_id,
            before,
            wanted.channel,
            wanted.status,
            wanted.event_type,
            limit
        );
    } else {
        rows = co_await source.query(
            until,
            sql::list_all_notifications,
            before,
            wanted.channel,
            wanted.status,
            wanted.event_type,
            limit
        );
    }
    std::vector<notification> all;
    all.reserve(rows.size());
    for (const auto& each : rows) all.push_back(read_notification(each));
    co_return all;
}

awaitable<std::vector<std::int64_t>> ids_of_user(
    db::transaction& tx, std::int64_t user_id, std::size_t limit
) {
    const auto rows = co_await tx.query(sql::list_notification_ids_of_user, user_id, limit);
    std::vector<std::int64_t> ids;
    ids.reserve(rows.size());
    for (const auto& each : rows) ids.push_back(each.integer(0));
    co_return ids;
}

void remove(db::transaction& tx, const std::vector<std::int64_t>& ids) {
    tx.exec(sql::delete_attempts, ids);
    tx.exec(sql::delete_notifications, ids);
}

void remove_contact(db::transaction& tx, std::int64_t user_id) {
    tx.exec(sql::delete_contact, user_id);
}

awaitable<std::optional<contact>> find_contact(db::database& source, std::int64_t user_id, deadline until) {
    const auto rows = co_await source.query(until, sql::find_contact, user_id);
    if (rows.empty()) co_return std::nullopt;
    const auto row = rows.front();
    co_return contact{user_id, row.integer(0), row.text(1), row.text(2), row.text(3), row.optional_text(4)};
}

awaitable<std::vector<whole_notification>> list_whole(
    db::database& source, std::int64_t user_id, std::int64_t before, std::size_t limit, deadline until
) {
    const auto rows = co_await source.query(until, sql::export_notifications, user_id, before, limit);
    std::vector<whole_notification> all;
    std::unordered_map<std::int64_t, std::size_t> places;
    db::integer_list ids;
    for (const auto& each : rows) {
        constexpr auto next = first_column_after_notification;
        all.push_back({read_notification(each), each.text(next), each.text(next + 1), {}});
        ids.push_back(all.back().what.notification_id);
        places[ids.back()] = all.size() - 1;
    }
    for (const auto& each : co_await source.query(until, sql::export_attempts, ids, attempts_exported_max)) {
        all[places.at(each.integer(0))].attempts.push_back(
            {each.integer(1), each.integer(2), each.integer(3), each.text(4), each.text(5)}
        );
    }
    co_return all;
}

}  // namespace esm::notifications::notification_store
