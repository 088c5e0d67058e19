// Reading one task. Concurrent reads share a statement (group read).
#pragma once

#include <optional>

#include "platform/db/group_commit.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

class get_task {
public:
    get_task(async::runtime& runtime, db::database& source);

    // errc::not_found for an unknown id, and for a task of another user where `visible` is set.
    awaitable<result<task>> run(std::int64_t id, std::optional<std::int64_t> visible, deadline until);

private:
    db::group_read<std::int64_t, task> reads_;
};

}  // namespace esm::tasks
