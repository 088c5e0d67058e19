// Notifications that were sent and what a provider tells later of them, in NOTIFICATIONS: the only place that
// names their queries. Stateless.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
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

// What a provider says became of a message.
struct report {
    std::string channel, provider_id;
    notifications::status became{status::delivered};  // or bounced
    std::string why;                                  // it bounced
    bool recipient_gone{false};                       // no later message shall go there
};

// Keeps a report that comes before its message is written down, the first one of each. Then lock_sent finds
// the message, or whoever writes it down finds the report: neither overtakes the other.
void keep_early(db::transaction& tx, const report& told, instant_us now);
// Those kept of messages that the caller writes down in this transaction.
awaitable<std::vector<report>> take_early(
    db::transaction& tx, const std::string& channel, const std::vector<std::string>& provider_ids
);
void drop_early(db::transaction& tx, const report& told);
// Up to `limit` of those that came before the instant: nobody sent them.
awaitable<void> forget_early(db::database& target, instant_us before, std::size_t limit, deadline until);

}  // namespace esm::notifications::report_store
