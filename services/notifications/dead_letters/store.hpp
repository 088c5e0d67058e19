// The dead letters in NOTIFICATIONS: the only place that names their queries. Stateless; every call takes the
// caller's transaction or database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "services/notifications/dead_letters/dead_event.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications::dead_letters::store {

struct dead_notification {
    notification what;
    instant_us failed_at{0};
    std::string model;  // JSON text
};

// What is empty or unset does not count.
struct filter {
    std::string channel;  // of notifications
    std::string topic;    // of events
    std::string event_type;
    std::optional<instant_us> failed_after, failed_before;  // at or after; before
};

// The same place again changes nothing.
void insert_event(db::transaction& tx, const dead_event& added);

struct event_page {
    std::vector<dead_event> events;
    bool more{false};
};
// Newest first, ids below `before`; at most `limit`, and some MiB. Payloads are cut a little above what is
// shown.
awaitable<event_page> list_events(
    db::database& source, const filter& wanted, std::int64_t before, std::size_t limit, deadline until
);
struct failure_key {
    instant_us failed_at{0};
    std::int64_t notification_id{0};
};
// Those that failed last first, before the given one.
awaitable<std::vector<dead_notification>> list_notifications(
    db::database& source, const filter& wanted, failure_key before, std::size_t limit, deadline until
);

awaitable<std::optional<dead_event>> find_event(db::database& source, std::int64_t id, deadline until);
awaitable<std::optional<dead_notification>> find_notification(
    db::database& source, std::int64_t id, deadline until
);

// In order of their ids, locked until the transaction ends; those that are no dead letters any more are left
// out.
awaitable<std::vector<dead_event>> lock_events(db::transaction& tx, std::vector<std::int64_t> ids);
awaitable<std::vector<dead_notification>> lock_notifications(
    db::transaction& tx, std::vector<std::int64_t> ids
);

struct measured_event {
    std::int64_t id{0};
    std::size_t size{0};  // of the payload, in characters
};
// In the order of their ids.
awaitable<std::vector<measured_event>> select_events(
    db::database& source, const filter& wanted, std::size_t limit, deadline until
);
awaitable<std::vector<measured_event>> measure_events(
    db::database& source, std::vector<std::int64_t> ids, deadline until
);
awaitable<std::vector<std::int64_t>> select_notifications(
    db::database& source, const filter& wanted, std::size_t limit, deadline until
);

// They are no dead letters any more, and nobody redrives them again.
void mark_redriven(db::transaction& tx, const std::vector<std::int64_t>& event_ids, instant_us now);
// Pending again and no dead letters any more; their leases are the caller's.
void revive(db::transaction& tx, const std::vector<std::int64_t>& notification_ids);
// Why an event was refused the last time.
void save_reason(db::transaction& tx, std::int64_t event_id, const std::string& reason);
void save_payload(
    db::transaction& tx, std::int64_t event_id, const std::string& payload, std::int64_t user_id
);
void save_recipient(db::transaction& tx, std::int64_t notification_id, const std::string& recipient);

void discard_event(db::transaction& tx, std::int64_t id);
// Its row in the log stays, failed.
void discard_notification(db::transaction& tx, std::int64_t id);
void remove_events_of_user(db::transaction& tx, std::int64_t user_id);
// Deletes at most `limit` of the events that were redriven before.
awaitable<void> forget_redriven(db::database& target, instant_us before, std::size_t limit, deadline until);

struct counts {
    std::int64_t notifications{0}, events{0};
};
// Counts up to `most` of each.
awaitable<counts> count(db::database& source, std::int64_t most, deadline until);

}  // namespace esm::notifications::dead_letters::store
