// See wish_store.hpp.
#include "services/notifications/wishes/wish_store.hpp"

#include "services/notifications/audience.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications::wish_store {

namespace {

stored_wishes read_row(const db::row& from) {
    if (from.integer(0) == 0) return {};
    return {from.integer(0), read_wishes(from.view(1)), from.integer(2)};
}

}  // namespace

awaitable<stored_wishes> find(db::database& source, std::int64_t user_id, deadline until) {
    const auto rows = co_await source.query(until, sql::find_preference, user_id);
    if (rows.empty()) co_return stored_wishes{};
    co_return read_row(rows.front());
}

awaitable<stored_wishes> lock(db::transaction& tx, std::int64_t user_id) {
    const auto rows = co_await tx.query(sql::lock_preference, user_id, now_us());
    co_return read_row(rows.front());
}

void save(db::transaction& tx, std::int64_t user_id, const stored_wishes& changed) {
    const auto body = boost::json::serialize(to_json(changed.says));
    tx.exec(sql::save_preference, user_id, changed.version, body, changed.updated_at);
}

}  // namespace esm::notifications::wish_store
