// One watcher of tasks: what it has been told, and what it is to be told next. Filled by task_watch, emptied
// by the one coroutine that waits here; keeps the latest state of each task alone, so a slow one costs
// little.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "platform/async/signal.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

using seen_task = std::shared_ptr<const task>;

struct watch_news {
    std::vector<seen_task> changes;  // the latest state of each task that changed, the oldest news first
    bool current{false};             // once: all that was there when a user's watch began has been told
    bool gone{false};                // the watched task is no longer there
};

class watcher {
public:
    // What a user's watcher is told of tasks at once; the rest waits in the database until these are taken.
    static constexpr std::size_t untold_max = 32;

    // The waiting coroutine must run on `on`. `user_id` 0: of one task. `make_room` is called from next()
    // once what was waiting for room can be told.
    watcher(const asio::any_io_executor& on, std::int64_t user_id, std::function<void()> make_room)
        : user_id_(user_id), make_room_(std::move(make_room)), wake_(on) {}

    // What is new; nothing once `patience` has run out or somebody interrupted.
    awaitable<watch_news> next(std::chrono::milliseconds patience);
    // Any thread.
    void interrupt() { wake_.notify(); }

    std::int64_t user_id() const { return user_id_; }

    // From here on for task_watch alone.
    bool has_room() const;
    void tell(seen_task state);
    void tell_current();
    void tell_gone();

    struct known_task {
        std::int64_t version{0};  // told; 0: nothing yet
        instant_us created_at{0};
        bool ended{false};
    };
    // Touched before the watcher is registered, then by the hub's coroutine alone.
    std::unordered_map<std::int64_t, known_task> known;
    instant_us begun_at{0};    // of a user's watch: no task that ended before is news
    instant_us made_since{0};  // tasks made before are known
    bool is_looked_at{false}, is_current{false};
    // Guarded by the registry: the tasks that are looked at for it.
    std::unordered_set<std::int64_t> attached;

private:
    watch_news take();

    const std::int64_t user_id_;
    const std::function<void()> make_room_;
    async::signal wake_;
    mutable std::mutex mutex_;
    watch_news news_;
    bool was_full_{false};
};

}  // namespace esm::tasks
