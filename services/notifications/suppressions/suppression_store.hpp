// The suppressed addresses in NOTIFICATIONS: the only place that names their queries. Addresses are given as
// anybody writes them. Stateless; every call takes the caller's transaction or database.
#pragma once

#include <optional>
#include <vector>

#include "platform/db/database.hpp"
#include "services/notifications/suppressions/suppression.hpp"

namespace esm::notifications::suppression_store {

// Nothing is sent there until then. Where it was suppressed for longer before, that stays.
void add(db::transaction& tx, const suppression& added);

// What is in force for the address at `now`.
awaitable<std::optional<suppression>> find(
    db::transaction& tx, const std::string& channel, const std::string& address, instant_us now
);

// Answers whether one was in force.
awaitable<bool> remove(
    db::transaction& tx, const std::string& channel, const std::string& address, instant_us now
);

// Of the user's contact, and of what the given notifications to the user went to; both are still there.
void remove_of_user(
    db::transaction& tx, std::int64_t user_id, const std::vector<std::int64_t>& notification_ids
);

struct place {
    std::string channel, address;
};
// Those in force at `now` that stand behind `after`, by channel and address; an empty channel means any.
awaitable<std::vector<suppression>> list(
    db::database& source,
    const std::string& channel,
    const place& after,
    instant_us now,
    std::int64_t limit,
    deadline until
);

// Deletes at most `limit` of those that are over.
awaitable<void> forget_old(db::database& target, std::size_t limit, deadline until);

}  // namespace esm::notifications::suppression_store
