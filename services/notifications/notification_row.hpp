// How the frame `notification` (sql/notification.frame.sql) is read, for the stores whose statements stand in
// it.
#pragma once

#include "platform/db/rows.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications {

// The statement's own columns follow.
inline constexpr std::size_t first_column_after_notification = 25;

// Throws std::runtime_error where the row holds what we never write.
notification read_notification(const db::row& from);

}  // namespace esm::notifications
