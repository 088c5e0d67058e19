// What ties tasks to each other in TASK_PROCESSING: unique keys and dependencies. Stateless; every call takes
// the caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/db/transaction.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks::link_store {

// The task that has the user's key already; nothing where the key is `task_id`'s from now on.
awaitable<std::optional<std::int64_t>> take_unique(
    db::transaction& tx, std::int64_t user_id, const std::string& key, std::int64_t task_id
);
// Gives the key to another task.
void move_unique(db::transaction& tx, std::int64_t user_id, const std::string& key, std::int64_t task_id);
void free_unique(db::transaction& tx, std::vector<std::int64_t> task_ids);

struct parent {
    std::int64_t user_id{0};
    task_status status{task_status::pending};  // as stored: a terminal one is final
};

// Marks the task as followed, so that its end is told; nothing where there is no such task.
awaitable<std::optional<parent>> follow(db::transaction& tx, std::int64_t parent_id);
void add_dependency(db::transaction& tx, std::int64_t task_id, std::int64_t parent_id);

// Those that wait for any of the parents, in order of id.
awaitable<std::vector<std::int64_t>> followers_of(db::transaction& tx, std::vector<std::int64_t> parent_ids);
// The parents have ended: answers who waited for which.
awaitable<std::vector<std::pair<std::int64_t, std::int64_t>>> take_dependencies(
    db::transaction& tx, std::vector<std::int64_t> parent_ids
);
// Which of the tasks still wait for another one.
awaitable<std::vector<std::int64_t>> still_waiting(db::transaction& tx, std::vector<std::int64_t> task_ids);
void drop_dependencies(db::transaction& tx, std::vector<std::int64_t> task_ids);

}  // namespace esm::tasks::link_store
