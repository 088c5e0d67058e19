// See report_store.hpp.
#include "services/notifications/reports/report_store.hpp"

#include "services/notifications/notification_row.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications::report_store {

namespace {

std::optional<notification> first_of(const db::rows& found) {
    if (found.empty()) return std::nullopt;
    return read_notification(found.front());
}

}  // namespace

awaitable<std::optional<notification>> lock_sent(db::transaction& tx, std::int64_t notification_id) {
    co_return first_of(co_await tx.query(sql::lock_sent_notification, notification_id));
}

awaitable<std::optional<notification>> lock_sent(
    db::transaction& tx, const std::string& channel, const std::string& provider_id
) {
    co_return first_of(co_await tx.query(sql::lock_sent_message, provider_id, channel));
}

void settle(db::transaction& tx, const notification& after) {
    tx.exec(
        sql::settle_notification,
        after.notification_id,
        to_text(after.status),
        after.version,
        after.error_message,
        after.delivered_at
    );
}

}  // namespace esm::notifications::report_store
