// Notifications that were sent and of which a provider tells later what became of them, in NOTIFICATIONS: the
// only place that names their queries. Stateless.
#pragma once

#include <optional>
#include <string>

#include "platform/db/transaction.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications::report_store {

// Locked until the transaction ends. Nothing where it is not there or not, or no longer, `sent`.
awaitable<std::optional<notification>> lock_sent(db::transaction& tx, std::int64_t notification_id);
// The same by what its provider calls it.
awaitable<std::optional<notification>> lock_sent(
    db::transaction& tx, const std::string& channel, const std::string& provider_id
);

// Status, version, error and the instant of its delivery.
void settle(db::transaction& tx, const notification& after);

}  // namespace esm::notifications::report_store
