// Remembers for seven days which events a group has done (migration set "inbox"), so that a duplicate changes
// nothing.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/events/event_log.hpp"

namespace esm::events {

// What the inbox knows the event by: its own id, or its place in the log when it has none.
std::string inbox_id(const delivered& given);

// Marks the events as done by the group, in the transaction of their effects. Answers which of them are new;
// of two with one id, the first.
awaitable<std::vector<bool>> mark_done(
    db::transaction& tx, const std::string& group, std::span<const delivered> events
);

// Deletes what is older than seven days, a bounded amount a call.
awaitable<void> trim_inbox(db::database& target);

}  // namespace esm::events
