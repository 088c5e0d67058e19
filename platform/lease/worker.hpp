// Runs leased work: claims up to its free slots, prolongs what runs and passes on its progress, hears of
// cancellations, rescues expired leases and makes deferred work claimable. A service makes one worker a pool;
// `stop` waits for what runs.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/db/database.hpp"
#include "platform/lease/claimer.hpp"
#include "platform/lease/upkeep.hpp"
#include "platform/observe/metrics.hpp"

namespace esm::lease {

// What the worker and a running item tell each other: polled cooperatively by the handler, any thread.
class progress_token {
public:
    bool cancel_requested() const { return cancelled_.load(std::memory_order_relaxed); }
    bool lost() const { return lost_.load(std::memory_order_relaxed); }
    bool stop_requested() const { return cancel_requested() || lost(); }

    // 0 to 100; the worker writes it down within its tick.
    void set_progress(int per_cent) { progress_.store(per_cent, std::memory_order_relaxed); }
    int progress() const { return progress_.load(std::memory_order_relaxed); }

private:
    friend class worker;
    std::atomic<bool> cancelled_{false};
    std::atomic<bool> lost_{false};
    std::atomic<int> progress_{0};
    // The worker's own.
    int written_progress_{0};
    bool passed_by_{false};  // at its last heartbeat nothing was written
};

struct worker_options {
    std::string owner;  // host:pid:random, for people
    std::string pool;
    std::size_t slots_max{16};  // items in hand at once
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds poll{1'000};
    std::chrono::milliseconds rescue_every{5'000};
    std::chrono::milliseconds tick{250};  // how often changed progress is written
    std::string channel;                  // NOTIFY channel that announces new work to other processes
    // What has not ended when a stop is over is given back at once. This keeps its lease until it expires:
    // for work that must not be done by two at the same time.
    bool keeps_unended{false};
};

struct worker_stats {
    std::int64_t claimed{0}, rescued{0}, lost{0};
    std::size_t running{0};
};

struct running_item {
    held item;
    std::shared_ptr<progress_token> token;
    std::chrono::steady_clock::time_point since{std::chrono::steady_clock::now()};
};

struct worker_hooks {
    claimed_hook on_claim{};
    rescued_hook on_rescue{};
    // The same for what this process gives back itself, as it stops or where a handler threw.
    rescued_hook on_give_back{};
    promoted_hook on_promote{};
    // On the worker's shard, after the claim's commit: begins the items, if any. Each then ends in a
    // transaction that completes or releases its lease, and is reported by worker::finished.
    std::function<void(std::vector<running_item> items)> begin{};
};

class worker {
public:
    // Runs one item to its end, and itself completes or releases the lease in the transaction of its outcome.
    // One that throws is given back.
    using handler = std::function<awaitable<void>(held item, std::shared_ptr<progress_token> token)>;

    worker(async::runtime& runtime, db::database& target, worker_options options, worker_hooks hooks);
    // Each item is a coroutine on a shard of its own, begun here in place of worker_hooks::begin.
    worker(
        async::runtime& runtime, db::database& target, worker_options options, worker_hooks hooks, handler run
    );
    ~worker();

    void start(unsigned shard);
    // New work is there (call from after_commit): wakes this process at once and others by NOTIFY.
    void wake();
    // The items have ended; any thread.
    void finished(std::vector<held> items);
    // How many items it may have in hand from now on; any thread.
    void set_slots(std::size_t slots);

    // Claims nothing more; any thread.
    void stop_claiming();
    // Claims nothing more and waits for what runs. False where some of it has not ended in time.
    awaitable<bool> drain(deadline until);
    // Drains. What has not ended then is told that it lost its lease.
    awaitable<void> stop(deadline until = deadline_in(stop_grace));
    worker_stats stats() const;

private:
    static constexpr std::chrono::seconds stop_grace{5};

    struct state;
    std::shared_ptr<state> state_;
};

// The gauges of a worker, for operators: running, claimed, rescued, lost. Whoever owns the worker answers its
// `stats`.
void show(observe::metrics& metrics, const std::string& queue, const std::function<worker_stats()>& stats);

}  // namespace esm::lease
