// The engine as external workers use it (external_work.hpp): claims by type, one pool each, and the same ends
// of attempts as built-in work.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/async/signal.hpp"
#include "platform/lease/claimer.hpp"
#include "services/tasks/end_attempts.hpp"
#include "services/tasks/external_work.hpp"

namespace esm::tasks {

struct external_workers_deps {
    async::runtime& runtime;
    db::database& database;
    const handler_set& handlers;
    const transitions& changes;
    const end_attempts& ends;
    std::chrono::milliseconds lease;
};

class external_workers final : public external_work {
public:
    explicit external_workers(external_workers_deps deps) : deps_(deps) {}

    // Hears of work that other processes queued.
    void start();
    // Work of the pool is there: wakes who waits for it, here and in other processes. Any thread.
    void wake(const std::string& pool);

    awaitable<std::vector<leased_task>> lease(lease_request asked) override;
    awaitable<void> work_arrived(const std::vector<std::string>& types, deadline until) override;
    awaitable<std::vector<lease::pulse>> heartbeat(std::vector<sign_of_life> items) override;
    awaitable<std::vector<bool>> finish(std::vector<finished> items) override;
    awaitable<std::vector<bool>> release(std::vector<lease::held> items) override;
    awaitable<bool> append_log(std::int64_t id, std::int64_t token, std::vector<log_line> lines) override;

private:
    struct waiting {
        std::vector<std::string> pools;
        async::signal woken;
    };

    awaitable<std::vector<leased_task>> claim(lease_request asked);
    std::shared_ptr<lease::claimer> claimer_for(const lease_request& asked, const std::string& pool);
    awaitable<std::vector<bool>> end(std::vector<attempt_end> ends);
    awaitable<std::vector<task>> running(db::transaction& tx, std::vector<std::int64_t> ids) const;
    void wake_here(const std::string* pool);

    const external_workers_deps deps_;
    // On shard 0.
    std::map<std::string, std::shared_ptr<lease::claimer>> claimers_;
    std::mutex waiting_mutex_;
    std::vector<std::shared_ptr<waiting>> waiting_;
};

}  // namespace esm::tasks
