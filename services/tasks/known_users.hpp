// The projection of user-registration-events: which users exist, and nothing personal about them.
#pragma once

#include "platform/base/result.hpp"
#include "platform/db/transaction.hpp"
#include "platform/events/event.hpp"

namespace esm::tasks {

// Events of other types are passed over; one without a usable userId can never be applied.
awaitable<result<void>> note_user(db::transaction& tx, const events::event& cause);

}  // namespace esm::tasks
