// What users wish to hear of, in NOTIFICATIONS: the only place that names these queries (a delivery reads
// them with its notification, the events' consumer with their audience). Stateless.
#pragma once

#include <optional>

#include "platform/db/database.hpp"
#include "services/notifications/preferences/preferences.hpp"

namespace esm::notifications {

// Version 0 is nobody's: the empty wishes of a user who has never stored any.
struct stored_wishes {
    std::int64_t version{0};
    preferences says;
    std::optional<instant_us> updated_at;
};

}  // namespace esm::notifications

namespace esm::notifications::wish_store {

awaitable<stored_wishes> find(db::database& source, std::int64_t user_id, deadline until);
// Locked until the transaction ends, stored or not. Whoever does not save them afterwards rolls back.
awaitable<stored_wishes> lock(db::transaction& tx, std::int64_t user_id);
void save(db::transaction& tx, std::int64_t user_id, const stored_wishes& changed);

}  // namespace esm::notifications::wish_store
