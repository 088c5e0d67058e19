// See link_store.hpp.
#include "services/tasks/link_store.hpp"

#include "services/tasks/sql.hpp"

namespace esm::tasks::link_store {

namespace {

std::vector<std::int64_t> first_column(const db::rows& found) {
    std::vector<std::int64_t> ids;
    ids.reserve(found.size());
    for (const auto& row : found) ids.push_back(row.integer(0));
    return ids;
}

}  // namespace

awaitable<std::optional<std::int64_t>> take_unique(
    db::transaction& tx, std::int64_t user_id, const std::string& key, std::int64_t task_id
) {
    // Whoever had it may free it between our two looks.
    for (;;) {
        if (!(co_await tx.query(sql::take_unique, user_id, key, task_id)).empty()) co_return std::nullopt;
        const auto taken = co_await tx.query(sql::find_unique, user_id, key);
        if (!taken.empty()) co_return taken.front().integer(0);
    }
}

void move_unique(db::transaction& tx, std::int64_t user_id, const std::string& key, std::int64_t task_id) {
    tx.exec(sql::move_unique, user_id, key, task_id);
}

void free_unique(db::transaction& tx, std::vector<std::int64_t> task_ids) {
    tx.exec(sql::free_unique, std::move(task_ids));
}

awaitable<std::optional<parent>> follow(db::transaction& tx, std::int64_t parent_id) {
    const auto found = co_await tx.query(sql::follow_task, parent_id);
    if (found.empty()) co_return std::nullopt;
    const auto row = found.front();
    co_return parent{row.integer(1), parse_status(row.view(2)).value()};
}

void add_dependency(db::transaction& tx, std::int64_t task_id, std::int64_t parent_id) {
    tx.exec(sql::add_dependency, task_id, parent_id);
}

awaitable<std::vector<std::int64_t>> followers_of(db::transaction& tx, std::vector<std::int64_t> parent_ids) {
    co_return first_column(co_await tx.query(sql::find_followers, std::move(parent_ids)));
}

awaitable<std::vector<std::pair<std::int64_t, std::int64_t>>> take_dependencies(
    db::transaction& tx, std::vector<std::int64_t> parent_ids
) {
    std::vector<std::pair<std::int64_t, std::int64_t>> taken;
    for (const auto& row : co_await tx.query(sql::take_dependencies, std::move(parent_ids))) {
        taken.emplace_back(row.integer(0), row.integer(1));
    }
    co_return taken;
}

awaitable<std::vector<std::int64_t>> still_waiting(db::transaction& tx, std::vector<std::int64_t> task_ids) {
    co_return first_column(co_await tx.query(sql::find_waiting, std::move(task_ids)));
}

void drop_dependencies(db::transaction& tx, std::vector<std::int64_t> task_ids) {
    tx.exec(sql::drop_dependencies, std::move(task_ids));
}

}  // namespace esm::tasks::link_store
