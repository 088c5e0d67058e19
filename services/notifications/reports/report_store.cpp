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

void keep_early(db::transaction& tx, const report& told, instant_us now) {
    tx.exec(
        sql::insert_early_report,
        told.channel,
        told.provider_id,
        to_text(told.became),
        told.why,
        told.recipient_gone,
        now
    );
}

awaitable<std::vector<report>> take_early(
    db::transaction& tx, const std::string& channel, const std::vector<std::string>& provider_ids
) {
    std::vector<report> kept;
    if (provider_ids.empty()) co_return kept;
    const auto rows = co_await tx.query(sql::claim_early_reports, channel, provider_ids);
    for (const auto& each : rows) {
        const auto became = parse_status(each.view(1));
        if (became) kept.push_back({channel, each.text(0), *became, each.text(2), each.boolean(3)});
    }
    tx.exec(sql::delete_early_reports, channel, provider_ids);
    co_return kept;
}

void drop_early(db::transaction& tx, const report& told) {
    tx.exec(sql::delete_early_reports, told.channel, db::text_list{told.provider_id});
}

awaitable<void> forget_early(db::database& target, instant_us before, std::size_t limit, deadline until) {
    co_await target.query(until, sql::delete_old_early_reports, before, limit);
}

}  // namespace esm::notifications::report_store
