// Changing what a user wishes to hear of: as a whole, or one kind of message on one channel. Events that come
// afterwards go by it; what is on its way already still arrives. Stateless.
#pragma once

#include <functional>

#include "services/notifications/wishes/wish_store.hpp"

namespace esm::notifications {

// Sees the version before the change, for preconditions.
using check_version = std::function<result<void>(std::int64_t version)>;

// errc::not_found for a user who is gone.
awaitable<result<stored_wishes>> replace_wishes(
    db::transaction& tx, std::int64_t user_id, preferences wanted, check_version check
);

// Switches it off; again changes nothing, nor for a user who is gone.
awaitable<result<void>> switch_off_wish(
    db::transaction& tx, std::int64_t user_id, std::string event_type, std::string channel
);

}  // namespace esm::notifications
