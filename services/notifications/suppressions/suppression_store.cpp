// See suppression_store.hpp.
#include "services/notifications/suppressions/suppression_store.hpp"

#include "services/notifications/sql.hpp"

namespace esm::notifications::suppression_store {

namespace {

suppression read_suppression(const db::row& from) {
    return {from.text(0), from.text(1), from.text(2), from.integer(3), from.integer(4)};
}

}  // namespace

void add(db::transaction& tx, const suppression& added) {
    tx.exec(
        sql::suppress,
        added.channel,
        normal_address(added.address),
        added.reason,
        added.until,
        added.created_at
    );
}

awaitable<std::optional<suppression>> find(
    db::transaction& tx, const std::string& channel, const std::string& address, instant_us now
) {
    const auto rows = co_await tx.query(sql::find_suppression, channel, normal_address(address), now);
    if (rows.empty()) co_return std::nullopt;
    co_return read_suppression(rows.front());
}

awaitable<bool> remove(
    db::transaction& tx, const std::string& channel, const std::string& address, instant_us now
) {
    const auto rows = co_await tx.query(sql::delete_suppression, channel, normal_address(address));
    co_return !rows.empty() && rows.front().integer(0) > now;
}

void remove_of_user(
    db::transaction& tx, std::int64_t user_id, const std::vector<std::int64_t>& notification_ids
) {
    tx.exec(sql::delete_suppressions_of_user, user_id, notification_ids);
}

awaitable<std::vector<suppression>> list(
    db::database& source,
    const std::string& channel,
    const place& after,
    instant_us now,
    std::int64_t limit,
    deadline until
) {
    const auto rows = co_await source.query(
        until, sql::list_suppressions, channel, after.channel, after.address, now, limit
    );
    std::vector<suppression> all;
    all.reserve(rows.size());
    for (const auto& each : rows) all.push_back(read_suppression(each));
    co_return all;
}

awaitable<void> forget_old(db::database& target, std::size_t limit, deadline until) {
    co_await target.query(until, sql::delete_old_suppressions, now_us(), limit);
}

}  // namespace esm::notifications::suppression_store
