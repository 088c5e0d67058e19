// The notifications, their attempts and the contacts in NOTIFICATIONS: the only place that names the
// service's queries. Stateless; every call takes the caller's transaction or database.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/db/database.hpp"
#include "services/notifications/contact.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications::notification_store {

// A notification as an event causes it. Its address is the contact's, where one is known.
struct draft {
    std::string event_id, event_type, channel;
    std::int64_t user_id{0};
    std::string template_name;
    std::string model;  // the event's fields as JSON text
    std::string subject;
    std::string correlation_id, traceparent;
    instant_us created_at{0};
    std::optional<std::string> recipient{};  // in place of the contact's address
};

struct inserted {
    std::int64_t notification_id{0};
    bool waiting{false};  // for the contact
};

// Nothing when the same event has led to it before.
awaitable<std::optional<inserted>> insert(db::transaction& tx, const draft& given);

// Unless a newer version is known.
void save_contact(db::transaction& tx, const contact& known, instant_us now);
// Locks the contact, known or not: until this transaction ends no other one can bring it. Answers whether it
// is known.
awaitable<bool> hold_contact(db::transaction& tx, std::int64_t user_id);

struct released {
    std::int64_t notification_id{0};
    std::string channel;
};
// Gives the user's waiting notifications the address, if it is known; answers which.
awaitable<std::vector<released>> release_waiting(db::transaction& tx, std::int64_t user_id);

// Begins an attempt. Answers those that were pending or retrying: of others an earlier attempt was cut off.
awaitable<std::vector<std::int64_t>> mark_sending(db::transaction& tx, std::vector<std::int64_t> ids);
// Undoes mark_sending where no attempt was made.
void put_back(db::transaction& tx, std::int64_t id);

// What a delivery needs, in one read.
struct delivery_work {
    notification what;
    std::string template_name;
    std::string model;
    contact to;
};
awaitable<std::vector<std::pair<std::int64_t, delivery_work>>> load_deliveries(
    db::database& source, std::vector<std::int64_t> ids, deadline until
);

// Status, attempts, error, instant and version of each, and its attempt's row.
void record(db::transaction& tx, const std::vector<std::pair<notification, attempt>>& ended);

awaitable<std::optional<notification>> find(db::database& source, std::int64_t id, deadline until);
// The last 100, oldest first.
awaitable<std::vector<attempt>> list_attempts(db::database& source, std::int64_t id, deadline until);

// Up to `limit` of the user's notifications, in any order.
awaitable<std::vector<std::int64_t>> ids_of_user(
    db::transaction& tx, std::int64_t user_id, std::size_t limit
);
// Notifications and their attempts.
void remove(db::transaction& tx, const std::vector<std::int64_t>& ids);
void remove_contact(db::transaction& tx, std::int64_t user_id);

awaitable<std::optional<contact>> find_contact(db::database& source, std::int64_t user_id, deadline until);

// A notification with all that is kept of it.
struct whole_notification {
    notification what;
    std::string template_name;
    std::string model;  // JSON text
    std::vector<attempt> attempts;
};
// Of a user, newest first, ids below `before`; of each the last 1,000 attempts, oldest first.
awaitable<std::vector<whole_notification>> list_whole(
    db::database& source, std::int64_t user_id, std::int64_t before, std::size_t limit, deadline until
);

struct filter {
    std::optional<std::int64_t> user_id;      // nothing: everybody's
    std::string channel, status, event_type;  // empty: any
};
// Newest first, ids below `before`.
awaitable<std::vector<notification>> list(
    db::database& source, const filter& wanted, std::int64_t before, std::int64_t limit, deadline until
);

}  // namespace esm::notifications::notification_store
