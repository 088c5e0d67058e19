// What inboxes show, in NOTIFICATIONS: the only place that names their queries. Stateless; every call takes
// the caller's transaction or database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications::inbox_store {

// Where a reader of an inbox stands: in order of the instants at which it began to show something or a read
// state changed, then of ids.
struct place {
    instant_us at{0};
    std::int64_t notification_id{0};

    friend auto operator<=>(const place&, const place&) = default;
};

// An entry of an inbox as it is now.
struct entry {
    notification what;
    instant_us changed_at{0};

    place stands_at() const { return {changed_at, what.notification_id}; }
    // Where it stood before its read state changed.
    place shown_at() const { return {what.sent_at.value_or(changed_at), what.notification_id}; }
};

struct question {
    std::int64_t user_id{0};
    place after;
};
// What is behind the place of each, at most `most`, in order: one look for all.
awaitable<std::vector<std::vector<entry>>> news(
    db::database& source, const std::vector<question>& asked, std::size_t most, deadline until
);
// Where whoever saw this one last stands; if it is gone, the one with the next smaller id. The very beginning
// where there is none.
awaitable<place> find_place(
    db::database& source, std::int64_t user_id, std::int64_t notification_id, deadline until
);

// Locked until the transaction ends; nothing where the user's inbox does not show it.
awaitable<std::optional<notification>> lock(
    db::transaction& tx, std::int64_t user_id, std::int64_t notification_id
);
void set_read(
    db::transaction& tx, std::int64_t notification_id, std::optional<instant_us> read_at, instant_us now
);
// The unread ones up to the id, at most `most` of them; answers how many that were.
awaitable<std::size_t> mark_read_up_to(
    db::transaction& tx, std::int64_t user_id, std::int64_t up_to, instant_us now, std::size_t most
);

struct unread_filter {
    std::int64_t user_id{0};
    std::string status, event_type;  // empty: any
    std::int64_t from_id{0};         // none with a smaller id
};
// Newest first, ids below `before`.
awaitable<std::vector<notification>> list_unread(
    db::database& source, const unread_filter& wanted, std::int64_t before, std::int64_t limit, deadline until
);

}  // namespace esm::notifications::inbox_store
