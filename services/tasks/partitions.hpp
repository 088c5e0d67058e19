// The history's partitions: keeps some ahead of the ids given out, begins a new one each day, and drops those
// that hold nothing but tasks that ended before the retention. SQLite has one table, from which they are
// deleted.
#pragma once

#include <chrono>

#include "platform/db/database.hpp"

namespace esm::tasks {

class partitions {
public:
    partitions(db::database& database, std::chrono::days retention)
        : database_(database), retention_(retention) {}

    // Does what is due; replicas may do it at once.
    awaitable<void> keep();

private:
    awaitable<void> keep_ahead();
    awaitable<void> begin_day();
    awaitable<void> drop_old();
    awaitable<void> delete_old();

    db::database& database_;
    const std::chrono::days retention_;
    std::int64_t day_{0};  // of the last begin_day
    deadline drop_due_{};
};

}  // namespace esm::tasks
