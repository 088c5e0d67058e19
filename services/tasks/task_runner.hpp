// Runs the tasks whose types are built in: claims their leases, does the work on a bounded pool, writes
// progress, and ends each attempt in one transaction with its lease, its row and its event.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "platform/async/compute_pool.hpp"
#include "platform/lease/worker.hpp"
#include "platform/observe/metrics.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/tasks/files/artifacts.hpp"
#include "services/tasks/handlers/handler.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

struct task_runner_options {
    std::size_t slots_max{8};  // attempts at once
    unsigned threads{2};       // that do the work
    std::int64_t lost_attempts_max{5};
    std::chrono::milliseconds lease{30'000};
    std::chrono::milliseconds poll{1'000};
    std::chrono::milliseconds rescue_every{5'000};
    std::chrono::milliseconds progress_every{250};
    std::chrono::milliseconds backoff_first{1'000}, backoff_max{300'000};
};

struct task_runner_deps {
    async::runtime& runtime;
    db::database& database;
    const handler_set& handlers;
    const outbox::outbox& outbox;
    observe::metrics& metrics;
    artifacts& files;
};

class task_runner {
public:
    task_runner(task_runner_deps deps, task_runner_options options);

    void start(unsigned shard) { worker_.start(shard); }
    // New work is there; any thread.
    void wake() { worker_.wake(); }
    // Gives running attempts the worker's grace, then stops them; their leases are given back.
    awaitable<void> stop();
    lease::worker_stats stats() const { return worker_.stats(); }

private:
    struct attempt;

    awaitable<void> claimed(db::transaction& tx, const std::vector<lease::held>& items);
    awaitable<void> run(lease::held item, std::shared_ptr<lease::progress_token> token);
    awaitable<outcome> work(const std::shared_ptr<attempt>& current);
    awaitable<void> watch(std::shared_ptr<attempt> current);
    awaitable<void> look(attempt& current, int& shown);
    awaitable<void> keep(attempt& current, outcome& done);
    awaitable<void> finish(attempt& current, outcome done);
    awaitable<bool> settle(db::transaction& tx, attempt& current, const outcome& done, task& after);
    awaitable<void> drop(lease::held item);
    std::chrono::milliseconds backoff(const task& failed) const;
    void report(const task& ended);

    const task_runner_deps deps_;
    const task_runner_options options_;
    async::compute_pool pool_;
    // By type and the status reached; the types are the built-in ones.
    std::map<std::pair<std::string_view, task_status>, observe::metrics::histogram*> durations_;
    std::mutex running_mutex_;
    std::set<std::shared_ptr<attempt>> running_;
    lease::worker worker_;
};

}  // namespace esm::tasks
