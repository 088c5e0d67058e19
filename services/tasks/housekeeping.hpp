// What the task service does besides: forgets old idempotency keys and old tasks, keeps partitions ahead of
// new ids, sweeps expired files, and counts the queue for its gauge.
#pragma once

#include <atomic>

#include "platform/db/database.hpp"
#include "platform/db/housekeeping.hpp"
#include "platform/observe/metrics.hpp"
#include "services/tasks/files/vault.hpp"
#include "services/tasks/partitions.hpp"

namespace esm::tasks {

class housekeeping {
public:
    housekeeping(
        async::runtime& runtime,
        db::database& database,
        observe::metrics& metrics,
        std::chrono::days retention,
        vault& files
    );

    void start() { rounds_.start(); }
    awaitable<void> stop() { return rounds_.stop(); }

private:
    awaitable<void> tidy();

    db::database& database_;
    db::housekeeping rounds_;
    partitions history_;
    vault& files_;
    std::atomic<std::int64_t> waiting_{0};
};

}  // namespace esm::tasks
