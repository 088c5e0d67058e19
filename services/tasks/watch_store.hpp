// What watchers ask of TASK_PROCESSING beside task_store: the only place that names their queries. Nothing
// here carries a task's parameters or result, so that a look at many tasks stays cheap.
#pragma once

#include <map>
#include <vector>

#include "platform/db/database.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks::watch_store {

struct task_version {
    std::int64_t id{0};
    std::int64_t version{0};
};

// Unknown ids are left out.
awaitable<std::vector<task_version>> versions(
    db::database& source, std::vector<std::int64_t> ids, deadline until
);

struct found_task {
    std::int64_t user_id{0};
    std::int64_t id{0};
    instant_us created_at{0};
    bool is_new{false};  // made at or after the user's instant, in order of age; else one that has not ended
};

// For each user with an instant: the first tasks made from then on and those that have not ended, `most` of
// each kind; a task may come twice.
awaitable<std::vector<found_task>> of_users(
    db::database& source, const std::map<std::int64_t, instant_us>& since, std::size_t most, deadline until
);

// Those of the user's newest tasks that ended at or after `since`, at most `most`, the last ones first.
awaitable<std::vector<found_task>> ended_of_user(
    db::database& source, std::int64_t user_id, instant_us since, std::size_t most, deadline until
);

}  // namespace esm::tasks::watch_store
