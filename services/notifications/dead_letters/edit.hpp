// Changes to dead letters before they are redriven, and their end without that. `check` sees the version it
// is asked to change, and refuses where that is another one than its caller has seen.
#pragma once

#include <functional>

#include "services/notifications/dead_letters/store.hpp"

namespace esm::notifications::dead_letters {

using version_check = std::function<result<void>(std::int64_t version)>;

// errc::not_found where it is no dead letter.
awaitable<result<dead_event>> change_payload(
    db::database& database,
    std::int64_t id,
    const boost::json::object& payload,
    std::function<std::string(const std::string& event_type)> user_field_of,
    version_check check,
    deadline until
);

// errc::validation_failed where the text is no address of the notification's channel, or that has none.
awaitable<result<store::dead_notification>> change_recipient(
    db::database& database, std::int64_t id, std::string recipient, version_check check, deadline until
);

// A notification stays in the log as failed; an event stays on its dead-letter topic.
awaitable<result<void>> discard_event(
    db::database& database, std::int64_t id, version_check check, deadline until
);
awaitable<result<void>> discard_notification(
    db::database& database, std::int64_t id, version_check check, deadline until
);

error no_dead_letter();

}  // namespace esm::notifications::dead_letters
