// What a service does besides: forgets old idempotency keys and counts the queue for its gauge.
#pragma once

#include <atomic>

#include "platform/async/oneshot.hpp"
#include "platform/async/signal.hpp"
#include "platform/db/database.hpp"
#include "platform/observe/metrics.hpp"

namespace esm::tasks {

class housekeeping {
public:
    // Runs on shard 0.
    housekeeping(async::runtime& runtime, db::database& database, observe::metrics& metrics);

    void start();
    awaitable<void> stop();

private:
    awaitable<void> loop();
    awaitable<void> tidy();

    async::runtime& runtime_;
    db::database& database_;
    async::signal stopping_;
    async::oneshot<bool> ended_;
    std::atomic<std::int64_t> waiting_{0};
    bool started_{false};
};

}  // namespace esm::tasks
