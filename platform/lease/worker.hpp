// Runs leased work: claims up to its free slots, runs each item as a coroutine, heartbeats all of them every
// third of the lease, rescues expired leases. A service makes one worker a kind of work; `stop` releases what
// has not begun.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/db/database.hpp"
#include "platform/lease/lease.hpp"
#include "platform/observe/metrics.hpp"

namespace esm::lease {

// What the worker tells a running item: polled cooperatively by the handler, any thread.
class progress_token {
public:
    bool cancel_requested() const { return cancelled_.load(std::memory_order_relaxed); }
    bool lost() const { return lost_.load(std::memory_order_relaxed); }
    bool stop_requested() const { return cancel_requested() || lost(); }

private:
    friend class worker;
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> lost_{false};
};

struct worker_options {
    std::string owner;  // host:pid:random, for people
    std::vector<std::string> queues;
    std::size_t slots_max{16};  // items at once
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds poll{1'000};
    std::chrono::milliseconds rescue_every{5'000};
    std::string channel;  // NOTIFY channel that announces new work to other processes
};

struct worker_stats {
    std::int64_t claimed{0}, rescued{0}, lost{0};
    std::size_t running{0};
};

class worker {
public:
    // In the claiming transaction: the service's own change (status running, its event) for the items just
    // taken.
    using claimed_hook = std::function<awaitable<void>(db::transaction& tx, const std::vector<held>& items)>;
    // Runs one item to its end, and itself completes or releases the lease in the transaction of its outcome.
    using handler = std::function<awaitable<void>(held item, std::shared_ptr<progress_token> token)>;

    worker(
        async::runtime& runtime,
        db::database& target,
        worker_options options,
        claimed_hook on_claim,
        handler run
    );
    ~worker();

    void start(unsigned shard);
    // New work is there (call from after_commit): wakes this process at once and others by NOTIFY.
    void wake();
    awaitable<void> stop();
    worker_stats stats() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

// The gauges of a worker, for operators: running, claimed, rescued, lost. Whoever owns the worker answers its
// `stats`.
void show(observe::metrics& metrics, const std::string& queue, const std::function<worker_stats()>& stats);

}  // namespace esm::lease
