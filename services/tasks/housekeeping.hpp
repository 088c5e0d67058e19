// What the task service does besides: forgets old idempotency keys and counts the queue for its gauge.
#pragma once

#include <atomic>

#include "platform/db/database.hpp"
#include "platform/db/housekeeping.hpp"
#include "platform/observe/metrics.hpp"

namespace esm::tasks {

class housekeeping {
public:
    housekeeping(async::runtime& runtime, db::database& database, observe::metrics& metrics);

    void start() { rounds_.start(); }
    awaitable<void> stop() { return rounds_.stop(); }

private:
    awaitable<void> tidy();

    db::database& database_;
    db::housekeeping rounds_;
    std::atomic<std::int64_t> waiting_{0};
};

}  // namespace esm::tasks
