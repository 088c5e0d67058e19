// Tells watchers what happens to tasks: at once what this process changed, and by a poll what other replicas
// did, one look at the database for all watchers a tick. Made by the service, lives as long as it. A watcher
// that stays away costs nothing but its place.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/db/database.hpp"
#include "platform/observe/metrics.hpp"
#include "services/tasks/watcher.hpp"

namespace esm::tasks {

struct task_watch_options {
    std::size_t watchers_max{1'000};
    std::size_t tasks_a_user_max{500};  // that have not ended and are looked at for one watcher
    std::chrono::milliseconds poll{300};
};

class task_watch {
    struct state;

public:
    // Registered until it is destroyed; outlives the hub without harm.
    class handle {
    public:
        handle(std::shared_ptr<state> of, std::shared_ptr<watcher> watched);
        handle(handle&&) noexcept = default;
        handle& operator=(handle&&) = delete;
        ~handle();
        watcher* operator->() const { return watcher_.get(); }
        const std::shared_ptr<watcher>& shared() const { return watcher_; }

    private:
        std::shared_ptr<state> of_;
        std::shared_ptr<watcher> watcher_;
    };

    task_watch(
        async::runtime& runtime, db::database& source, observe::metrics& metrics, task_watch_options options
    );
    ~task_watch();

    void start(unsigned shard);
    awaitable<void> stop();

    // What this process has committed: its watchers are told without waiting for the poll. Any thread.
    void changed(const std::vector<std::int64_t>& ids);

    // To be awaited on the coroutine that will wait for the news. errc::overloaded beyond watchers_max.
    // Tells of every version after `seen`, which must not have ended.
    awaitable<result<handle>> watch_task(const task& seen);
    // Tells first of the user's tasks that have not ended, and of those that ended since `ended_since` where
    // given (an hour back at most), then `current`, then of each change and of each new task.
    awaitable<result<handle>> watch_user(
        std::int64_t user_id, std::optional<instant_us> ended_since, deadline until
    );

private:
    std::shared_ptr<state> state_;
};

}  // namespace esm::tasks
