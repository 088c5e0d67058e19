// Cancelling a task: at once where it waits, cooperatively where it runs.
#pragma once

#include <optional>

#include "platform/base/context.hpp"
#include "platform/db/database.hpp"
#include "services/tasks/transitions.hpp"

namespace esm::tasks {

class cancel_task {
public:
    cancel_task(db::database& database, const transitions& changes)
        : database_(database), changes_(changes) {}

    // The task after it: cancelled, or still running with cancel_requested. errc::not_found as for get_task,
    // errc::task_already_terminal where it has ended.
    awaitable<result<task>> run(std::int64_t id, std::optional<std::int64_t> visible, deadline until) const;

    // The same in the caller's transaction, for a task that the caller may cancel.
    awaitable<result<task>> write(db::transaction& tx, std::int64_t id) const;

private:
    awaitable<result<task>> ask_to_stop(db::transaction& tx, std::int64_t id) const;

    db::database& database_;
    const transitions& changes_;
};

}  // namespace esm::tasks
