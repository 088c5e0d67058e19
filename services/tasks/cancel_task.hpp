// Cancelling a task: at once where it waits, cooperatively where it runs.
#pragma once

#include <optional>

#include "platform/base/context.hpp"
#include "platform/db/database.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

class cancel_task {
public:
    cancel_task(db::database& database, const outbox::outbox& outbox)
        : database_(database), outbox_(outbox) {}

    // The task after it: cancelled, or still running with cancel_requested. errc::not_found as for get_task,
    // errc::task_already_terminal where it has ended.
    awaitable<result<task>> run(std::int64_t id, std::optional<std::int64_t> visible, deadline until);

private:
    awaitable<result<task>> cancel(db::transaction& tx, std::int64_t id);

    db::database& database_;
    const outbox::outbox& outbox_;
};

}  // namespace esm::tasks
