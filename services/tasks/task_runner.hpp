// Runs the tasks whose types are built in: claims their leases, does the work on a bounded pool, and ends
// attempts in batches, each in one transaction with its lease, its row and its event.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/async/compute_pool.hpp"
#include "platform/db/group_commit.hpp"
#include "platform/lease/worker.hpp"
#include "platform/observe/metrics.hpp"
#include "services/tasks/end_attempts.hpp"

namespace esm::tasks {

struct task_runner_options {
    std::size_t slots_max{8};        // taken at once; beyond the threads they must be over soon
    std::size_t prefetch_max{1000};  // the same of tasks that are over at once
    unsigned threads{2};             // that do the work
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds poll{1'000};
    std::chrono::milliseconds rescue_every{5'000};
    std::chrono::milliseconds progress_every{250};
};

struct task_runner_deps {
    async::runtime& runtime;
    db::database& database;
    const handler_set& handlers;
    const transitions& changes;
    const end_attempts& ends;
    observe::metrics& metrics;
    artifacts* files;               // null: attempts have no files
    const record_sources* records;  // null: none
};

class task_runner {
public:
    task_runner(task_runner_deps deps, task_runner_options options);

    void start(unsigned shard);
    // New work is there; any thread.
    void wake() { worker_.wake(); }
    // Gives running attempts the worker's grace, then stops them; their leases are given back.
    awaitable<void> stop();
    lease::worker_stats stats() const { return worker_.stats(); }

private:
    struct attempt;
    using shared_attempt = std::shared_ptr<attempt>;

    awaitable<std::vector<bool>> claimed(db::transaction& tx, const std::vector<lease::held>& items);
    void begin(std::vector<lease::running_item> items);
    std::optional<double> seconds_in_hand();
    double expected_seconds(std::string_view type) const;
    void start(const shared_attempt& current);
    void run(attempt& current) const;
    awaitable<void> finish(shared_attempt current);
    awaitable<void> keep(attempt& current);
    awaitable<bool> write(attempt_end end, const run_control& control);
    void learn(const attempt& ended);
    void report(const task& ended);

    const task_runner_deps deps_;
    const task_runner_options options_;
    unsigned home_{0};
    const std::string owner_;  // of its leases
    async::compute_pool pool_;
    db::group_commit<attempt_end, std::optional<task>> endings_;
    // By type and the status reached; the types are the built-in ones.
    std::map<std::pair<std::string_view, task_status>, observe::metrics::histogram*> durations_;

    // On the home shard: the rows of the claim in hand, and how long attempts of a type take.
    std::unordered_map<std::int64_t, task> just_claimed_;
    std::map<std::string, double, std::less<>> mean_seconds_;
    std::size_t slots_ceiling_{options_.prefetch_max};

    std::mutex running_mutex_;
    std::set<shared_attempt> running_;
    lease::worker worker_;
};

}  // namespace esm::tasks
