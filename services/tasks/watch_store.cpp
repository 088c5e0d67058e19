// See watch_store.hpp.
#include "services/tasks/watch_store.hpp"

#include "services/tasks/sql.hpp"

namespace esm::tasks::watch_store {

namespace {

// A client that comes back after a short while; who stays away longer lists.
constexpr std::int64_t newest_looked_at = 5'000;
constexpr std::int64_t kind_new = 0;

}  // namespace

awaitable<std::vector<task_version>> versions(
    db::database& source, std::vector<std::int64_t> ids, deadline until
) {
    const auto rows = co_await source.query(until, sql::watch_versions, std::move(ids));
    std::vector<task_version> read;
    read.reserve(rows.size());
    for (const auto row : rows) read.push_back({row.integer(0), row.integer(1)});
    co_return read;
}

awaitable<std::vector<found_task>> of_users(
    db::database& source, const std::map<std::int64_t, instant_us>& since, std::size_t most, deadline until
) {
    db::integer_list users, instants;
    for (const auto& [user, instant] : since) {
        users.push_back(user);
        instants.push_back(instant);
    }
    const db::integer_list limits(users.size(), static_cast<std::int64_t>(most));
    const auto look = [&](db::transaction& tx) -> awaitable<db::rows> {
        std::vector<db::column> columns{users, instants, limits};
        co_return co_await tx.query_bulk(sql::watch_users, std::move(columns));
    };
    const auto rows = co_await source.transact(until, look);
    std::vector<std::pair<std::int64_t, found_task>> by_kind;
    by_kind.reserve(rows.size());
    for (const auto row : rows) {
        const auto kind = row.integer(3);
        by_kind.push_back({kind, {row.integer(0), row.integer(1), row.integer(2), kind == kind_new}});
    }
    std::sort(by_kind.begin(), by_kind.end(), [](const auto& a, const auto& b) {
        return std::tie(a.first, a.second.created_at, a.second.id) <
               std::tie(b.first, b.second.created_at, b.second.id);
    });
    std::vector<found_task> found;
    found.reserve(by_kind.size());
    for (const auto& each : by_kind) found.push_back(each.second);
    co_return found;
}

awaitable<std::vector<found_task>> ended_of_user(
    db::database& source, std::int64_t user_id, instant_us since, std::size_t most, deadline until
) {
    const auto rows = co_await source.query(until, sql::watch_ended, user_id, since, newest_looked_at, most);
    std::vector<found_task> found;
    found.reserve(rows.size());
    for (const auto row : rows) found.push_back({user_id, row.integer(0), row.integer(1), false});
    co_return found;
}

}  // namespace esm::tasks::watch_store
