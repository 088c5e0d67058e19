// See notification_store.hpp.
#include "services/notifications/notification_store.hpp"

#include <stdexcept>
#include <unordered_map>

#include "services/notifications/notification_row.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications::notification_store {

namespace {

constexpr std::int64_t attempts_shown_max = 100;
constexpr std::int64_t exported_of_each_max = 1000;

// Of which draft a row is.
std::string cause_key(std::string_view event_id, std::string_view channel, std::string_view recipient_key) {
    return fmt::format("{}|{}|{}", event_id, channel, recipient_key);
}

attempt read_attempt(const db::row& from, std::size_t first) {
    return {
        from.integer(first),
        from.integer(first + 1),
        from.integer(first + 2),
        from.text(first + 3),
        from.text(first + 4),
        from.text(first + 5)
    };
}

void record_attempts(db::transaction& tx, const std::vector<ended_delivery>& ended) {
    db::integer_list ids, numbers, started, finished;
    db::text_list outcomes, answers, providers;
    for (const auto& each : ended) {
        for (const auto& made : each.log) {
            ids.push_back(each.after.notification_id);
            numbers.push_back(made.number);
            started.push_back(made.started_at);
            finished.push_back(made.finished_at);
            outcomes.push_back(made.outcome);
            answers.push_back(made.answer);
            providers.push_back(made.provider);
        }
    }
    if (ids.empty()) return;
    tx.exec_bulk(sql::insert_attempts, {ids, numbers, started, finished, outcomes, answers, providers});
}

}  // namespace

awaitable<std::vector<std::optional<std::int64_t>>> insert_all(
    db::transaction& tx, const std::vector<draft>& given
) {
    db::text_list events, types, channels, keys, models, subjects, recipients, states, correlations, traces;
    db::integer_list users, waiting, created, critical;
    db::nullable_texts errors, contents, digests;
    db::nullable_integers sent, due, resent, about;
    std::unordered_map<std::string, std::size_t> places;
    for (const auto& each : given) {
        places.emplace(cause_key(each.event_id, each.channel, each.recipient_key), events.size());
        events.push_back(each.event_id);
        types.push_back(each.event_type);
        channels.push_back(each.channel);
        keys.push_back(each.recipient_key);
        users.push_back(each.user_id);
        models.push_back(each.model);
        subjects.push_back(each.subject);
        recipients.push_back(each.recipient);
        waiting.push_back(each.waiting ? 1 : 0);
        states.emplace_back(to_text(each.status));
        errors.push_back(each.error_message);
        correlations.push_back(each.correlation_id);
        traces.push_back(each.traceparent);
        created.push_back(each.created_at);
        sent.push_back(each.status == status::sent ? std::optional(each.created_at) : std::nullopt);
        critical.push_back(each.critical ? 1 : 0);
        contents.push_back(each.content);
        digests.push_back(each.digest_key.empty() ? std::nullopt : std::optional(each.digest_key));
        due.push_back(each.deliver_at);
        resent.push_back(each.resend_of);
        about.push_back(each.about_user_id);
    }
    std::vector<std::optional<std::int64_t>> ids(given.size());
    if (given.empty()) co_return ids;
    const auto rows = co_await tx.query_bulk(
        sql::insert_notifications, {events,     types,    channels, keys,    users,        models, subjects,
                                    recipients, waiting,  states,   errors,  correlations, traces, created,
                                    sent,       critical, contents, digests, due,          resent, about}
    );
    for (const auto& each : rows) {
        ids[places.at(cause_key(each.view(1), each.view(2), each.view(3)))] = each.integer(0);
    }
    co_return ids;
}

awaitable<std::optional<std::int64_t>> add_to_digest(db::transaction& tx, const std::string& digest_key) {
    const auto rows = co_await tx.query(sql::add_to_digest, digest_key);
    if (rows.empty()) co_return std::nullopt;
    co_return rows.front().integer(0);
}

void insert_item(
    db::transaction& tx,
    std::int64_t notification_id,
    const std::string& event_id,
    const std::string& subject,
    instant_us created_at
) {
    tx.exec(sql::insert_item, notification_id, event_id, subject, created_at);
}

awaitable<std::vector<digest_item>> list_items(
    db::database& source, std::int64_t notification_id, std::size_t limit, deadline until
) {
    std::vector<digest_item> all;
    for (const auto& each : co_await source.query(until, sql::list_items, notification_id, limit)) {
        all.push_back({each.text(0), each.integer(1)});
    }
    co_return all;
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
        known.phone,
        now
    );
}

awaitable<bool> hold_contact(db::transaction& tx, std::int64_t user_id) {
    const auto rows = co_await tx.query(sql::hold_contact, user_id);
    co_return !rows.front().is_null(0);
}

awaitable<std::vector<deliverable>> release_waiting(db::transaction& tx, std::int64_t user_id) {
    const auto rows = co_await tx.query(sql::release_waiting, user_id);
    std::vector<deliverable> all;
    all.reserve(rows.size());
    for (const auto& each : rows) {
        all.push_back({each.integer(0), each.text(1), user_id, {}, each.integer(2)});
    }
    co_return all;
}

awaitable<std::vector<std::int64_t>> mark_sending(db::transaction& tx, std::vector<std::int64_t> ids) {
    const auto rows = co_await tx.query(sql::mark_sending, std::move(ids));
    std::vector<std::int64_t> marked;
    marked.reserve(rows.size());
    for (const auto& each : rows) marked.push_back(each.integer(0));
    co_return marked;
}

void put_back(db::transaction& tx, std::int64_t id, std::optional<instant_us> deliver_at) {
    tx.exec(sql::put_back, id, deliver_at);
}

awaitable<std::vector<std::pair<std::int64_t, delivery_work>>> load_deliveries(
    db::database& source, std::vector<std::int64_t> ids, deadline until
) {
    const auto rows = co_await source.query(until, sql::load_deliveries, std::move(ids), now_us());
    std::vector<std::pair<std::int64_t, delivery_work>> loaded;
    loaded.reserve(rows.size());
    for (const auto& each : rows) {
        constexpr auto next = first_column_after_notification;
        delivery_work work{
            read_notification(each), each.text(next), each.optional_text(next + 1), {}, {}, {}
        };
        work.to.user_id = work.what.user_id;
        work.to.username = each.optional_text(next + 2).value_or("");
        work.to.first_name = each.optional_text(next + 3).value_or("");
        work.to.locale = each.optional_text(next + 4);
        work.to.email = each.optional_text(next + 5).value_or(work.what.recipient);
        work.wishes = each.optional_text(next + 6);
        work.suppressed = each.optional_text(next + 7);
        const auto id = work.what.notification_id;
        loaded.emplace_back(id, std::move(work));
    }
    co_return loaded;
}

void record(db::transaction& tx, const std::vector<ended_delivery>& ended) {
    db::integer_list ids, attempts, refusals, versions, dead, dead_since;
    db::text_list states, subjects;
    db::nullable_texts errors, providers, contents;
    db::nullable_integers sent;
    for (const auto& each : ended) {
        const auto& after = each.after;
        ids.push_back(after.notification_id);
        states.emplace_back(to_text(after.status));
        attempts.push_back(after.attempts);
        refusals.push_back(after.refusals);
        errors.push_back(after.error_message);
        sent.push_back(after.sent_at);
        versions.push_back(after.version);
        subjects.push_back(after.subject);
        providers.push_back(after.provider_id);
        contents.push_back(after.content);
        if (after.status != status::failed) continue;
        dead.push_back(after.notification_id);
        dead_since.push_back(now_us());
    }
    tx.exec_bulk(
        sql::record_outcomes,
        {ids, states, attempts, refusals, errors, sent, versions, subjects, providers, contents}
    );
    record_attempts(tx, ended);
    if (!dead.empty()) tx.exec_bulk(sql::bury_notifications, {dead, dead_since});
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
        all.push_back(read_attempt(each, 0));
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
            wanted.from_id,
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
            wanted.from_id,
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
    tx.exec(sql::delete_items, ids);
    tx.exec(sql::delete_dead_notifications, ids);
    tx.exec(sql::delete_notifications, ids);
}

void remove_person(db::transaction& tx, std::int64_t user_id) {
    tx.exec(sql::delete_contact, user_id);
    tx.exec(sql::delete_preference, user_id);
    tx.exec(sql::delete_devices, user_id);
    tx.exec(sql::delete_webhooks, user_id);
    tx.exec(sql::delete_sign_ins, user_id);
}

awaitable<std::optional<contact>> find_contact(db::database& source, std::int64_t user_id, deadline until) {
    const auto rows = co_await source.query(until, sql::find_contact, user_id);
    if (rows.empty()) co_return std::nullopt;
    const auto row = rows.front();
    co_return contact{
        user_id,
        row.integer(0),
        row.text(1),
        row.text(2),
        row.text(3),
        row.optional_text(4),
        row.optional_text(5)
    };
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
        all.push_back({read_notification(each), each.text(next), each.optional_text(next + 1), {}, {}});
        ids.push_back(all.back().what.notification_id);
        places[ids.back()] = all.size() - 1;
    }
    for (const auto& each : co_await source.query(until, sql::export_attempts, ids, exported_of_each_max)) {
        all[places.at(each.integer(0))].attempts.push_back(read_attempt(each, 1));
    }
    for (const auto& each : co_await source.query(until, sql::export_items, ids, exported_of_each_max)) {
        all[places.at(each.integer(0))].items.push_back({each.text(1), each.integer(2)});
    }
    co_return all;
}

}  // namespace esm::notifications::notification_store
