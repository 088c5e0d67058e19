// The notifications, their attempts and the contacts in NOTIFICATIONS: the only place that names the
// service's queries. Stateless; every call takes the caller's transaction or database.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/db/database.hpp"
#include "services/notifications/contact.hpp"
#include "services/notifications/delivery_lease.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications::notification_store {

// A notification as an event or somebody's request causes it.
struct draft {
    std::string event_id, event_type, channel;
    std::string
        recipient_key;  // one notification an event, channel and recipient: "user:1000", "device:1001"
    std::int64_t user_id{0};
    std::string model;  // the event's fields as JSON text
    std::string subject;
    std::string recipient;
    bool waiting{false};  // for the user's contact
    notifications::status status{notifications::status::pending};
    std::optional<std::string> error_message{};
    std::string correlation_id, traceparent;
    instant_us created_at{0};
    bool critical{false};
    std::optional<std::string> content{};  // JSON text, in place of what a template says
    std::string digest_key{};  // gathers others of its key until it is delivered; empty: it does not
    std::optional<instant_us> deliver_at{};
    std::optional<std::int64_t> resend_of{};
    std::optional<std::int64_t> about_user_id{};  // whom it tells its user of, where that is somebody else
};

// The id of each, in order; nothing where the same cause has led to it before.
awaitable<std::vector<std::optional<std::int64_t>>> insert_all(
    db::transaction& tx, const std::vector<draft>& given
);

// Adds an event to the digest that gathers its key; nothing where none does. The contact must be held.
awaitable<std::optional<std::int64_t>> add_to_digest(db::transaction& tx, const std::string& digest_key);
void insert_item(
    db::transaction& tx,
    std::int64_t notification_id,
    const std::string& event_id,
    const std::string& subject,
    instant_us created_at
);
struct digest_item {
    std::string subject;
    instant_us created_at{0};
};
// Oldest first, up to `limit`.
awaitable<std::vector<digest_item>> list_items(
    db::database& source, std::int64_t notification_id, std::size_t limit, deadline until
);

// Unless a newer version is known.
void save_contact(db::transaction& tx, const contact& known, instant_us now);
// Locks the contact, known or not: until this transaction ends no other one can bring it. Answers whether it
// is known.
awaitable<bool> hold_contact(db::transaction& tx, std::int64_t user_id);

// Gives the user's waiting notifications the address, if it is known; answers which.
awaitable<std::vector<deliverable>> release_waiting(db::transaction& tx, std::int64_t user_id);

// Begins an attempt. Answers those that were pending or retrying: of others an earlier attempt was cut off.
awaitable<std::vector<std::int64_t>> mark_sending(db::transaction& tx, std::vector<std::int64_t> ids);
// Undoes mark_sending where no attempt was made; it is due again at `deliver_at`, where one is given.
void put_back(db::transaction& tx, std::int64_t id, std::optional<instant_us> deliver_at);

// What a delivery needs, in one read.
struct delivery_work {
    notification what;
    std::string model;                      // JSON text
    std::optional<std::string> content;     // JSON text
    contact to;                             // its address is the recipient where nothing is known
    std::optional<std::string> wishes;      // JSON text of the user's preferences
    std::optional<std::string> suppressed;  // why the recipient may not be written to
};
awaitable<std::vector<std::pair<std::int64_t, delivery_work>>> load_deliveries(
    db::database& source, std::vector<std::int64_t> ids, deadline until
);

struct ended_delivery {
    notification after;
    std::vector<attempt> log;
};
// Status, attempts, error, instant, subject, content and version of each, its attempts' rows, and of those
// that failed a dead letter.
void record(db::transaction& tx, const std::vector<ended_delivery>& ended);

awaitable<std::optional<notification>> find(db::database& source, std::int64_t id, deadline until);
// The last 100, oldest first.
awaitable<std::vector<attempt>> list_attempts(db::database& source, std::int64_t id, deadline until);

// Up to `limit` of the notifications to the user and about the user, in any order.
awaitable<std::vector<std::int64_t>> ids_of_user(
    db::transaction& tx, std::int64_t user_id, std::size_t limit
);
// Notifications with all that hangs on them.
void remove(db::transaction& tx, const std::vector<std::int64_t>& ids);
// Contact, preferences, devices, endpoints and places of sign-ins.
void remove_person(db::transaction& tx, std::int64_t user_id);

awaitable<std::optional<contact>> find_contact(db::database& source, std::int64_t user_id, deadline until);

// A notification with all that is kept of it.
struct whole_notification {
    notification what;
    std::string model;                   // JSON text
    std::optional<std::string> content;  // JSON text
    std::vector<attempt> attempts;
    std::vector<digest_item> items;
};
// Of a user, newest first, ids below `before`; of each the last 1,000 attempts and items, oldest first.
awaitable<std::vector<whole_notification>> list_whole(
    db::database& source, std::int64_t user_id, std::int64_t before, std::size_t limit, deadline until
);

struct filter {
    std::optional<std::int64_t> user_id;      // nothing: everybody's
    std::string channel, status, event_type;  // empty: any
    std::int64_t from_id{0};                  // none with a smaller id
};
// Newest first, ids below `before`.
awaitable<std::vector<notification>> list(
    db::database& source, const filter& wanted, std::int64_t before, std::int64_t limit, deadline until
);

}  // namespace esm::notifications::notification_store
