// Who watches which task, for task_watch: asked by its coroutine, changed by requests on every shard.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "services/tasks/watcher.hpp"

namespace esm::tasks {

class watch_registry {
public:
    using shared = std::shared_ptr<watcher>;
    using watched_tasks = std::unordered_map<std::int64_t, std::vector<shared>>;

    explicit watch_registry(std::size_t watchers_max) : watchers_max_(watchers_max) {}

    // With the tasks it knows and that have not ended; false when there are too many watchers already.
    bool add(const shared& added);
    void remove(const shared& removed);
    // While it is registered; else nothing happens.
    void attach(const shared& to, std::int64_t task_id);
    void detach(const shared& from, std::int64_t task_id);

    std::size_t size() const { return size_.load(std::memory_order_relaxed); }
    watched_tasks tasks() const;
    std::vector<shared> of_users() const;

    // Keeps those of the ids that somebody watches for take_urgent; true if there is one.
    bool add_urgent(const std::vector<std::int64_t>& ids);
    // Those kept, with who watches them now.
    watched_tasks take_urgent();

    void interrupt_all() const;

private:
    void detach_locked(const shared& from, std::int64_t task_id);

    const std::size_t watchers_max_;
    mutable std::mutex mutex_;
    std::atomic<std::size_t> size_{0};
    std::unordered_set<shared> watchers_;
    watched_tasks by_task_;
    std::unordered_set<std::int64_t> urgent_;
};

}  // namespace esm::tasks
