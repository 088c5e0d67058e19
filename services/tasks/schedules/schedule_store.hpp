// The schedules in TASK_PROCESSING: the only place that names their queries. Stateless; every call takes the
// caller's transaction or database.
#pragma once

#include <map>
#include <vector>

#include "platform/db/database.hpp"
#include "services/tasks/schedules/schedule.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks::schedules::schedule_store {

void insert(db::transaction& tx, const schedule& added);
awaitable<std::optional<schedule>> find(db::database& source, std::int64_t id, deadline until);
// Reads the row and keeps others from changing it until the transaction ends.
awaitable<std::optional<schedule>> lock(db::transaction& tx, std::int64_t id);
// Queues the definition, its version and what follows from it: the next run.
void save(db::transaction& tx, const schedule& changed);
void remove(db::transaction& tx, std::int64_t id);

awaitable<std::int64_t> count_of_user(db::transaction& tx, std::int64_t user_id);
void remove_of_user(db::transaction& tx, std::int64_t user_id);

struct listing {
    std::vector<schedule> schedules;
    bool more{false};  // others stand behind them
};

// In order of id, those behind `after`: at most `limit`, and at most about page_max_bytes of their tasks. All
// users' where `user_id` is unset.
awaitable<listing> list(
    db::database& source,
    std::optional<std::int64_t> user_id,
    std::int64_t after,
    std::size_t limit,
    deadline until
);

// Those to be run, the longest overdue first.
awaitable<std::vector<schedule>> list_due(
    db::database& source, instant_us now, std::size_t limit, deadline until
);
// When the next one is due.
awaitable<std::optional<instant_us>> next_due(db::database& source, deadline until);

// What a row says once it is locked.
struct claimed {
    std::int64_t version{0};
    std::optional<instant_us> next_run_at;
    std::optional<std::int64_t> last_task_id;
};

// Locks the rows, but for those that somebody else has locked; by id.
awaitable<std::map<std::int64_t, claimed>> claim(db::transaction& tx, std::vector<std::int64_t> ids);

// What became of a schedule whose time had come.
struct made_run {
    std::int64_t id{0};
    std::optional<instant_us> next_run_at;
    std::optional<instant_us> run_at;      // unset: no task was made, the last one stays
    std::optional<std::int64_t> task_id;   // the same
    std::optional<std::string> why_not{};  // becomes lastError
};

void save_runs(db::transaction& tx, const std::vector<made_run>& made);

// Those of the tasks that have not ended.
awaitable<std::vector<std::int64_t>> unended(db::transaction& tx, std::vector<std::int64_t> task_ids);

}  // namespace esm::tasks::schedules::schedule_store
