// See watch_registry.hpp.
#include "services/tasks/watch_registry.hpp"

namespace esm::tasks {

bool watch_registry::add(const shared& added) {
    const std::lock_guard lock(mutex_);
    if (watchers_.size() >= watchers_max_) return false;
    watchers_.insert(added);
    for (const auto& [id, state] : added->known) {
        if (state.ended) continue;
        added->attached.insert(id);
        by_task_[id].push_back(added);
    }
    size_ = watchers_.size();
    return true;
}

void watch_registry::remove(const shared& removed) {
    const std::lock_guard lock(mutex_);
    if (watchers_.erase(removed) == 0) return;
    const auto ids = removed->attached;
    for (const auto id : ids) detach_locked(removed, id);
    size_ = watchers_.size();
}

void watch_registry::attach(const shared& to, std::int64_t task_id) {
    const std::lock_guard lock(mutex_);
    if (!watchers_.contains(to) || !to->attached.insert(task_id).second) return;
    by_task_[task_id].push_back(to);
}

void watch_registry::detach(const shared& from, std::int64_t task_id) {
    const std::lock_guard lock(mutex_);
    detach_locked(from, task_id);
}

void watch_registry::detach_locked(const shared& from, std::int64_t task_id) {
    if (from->attached.erase(task_id) == 0) return;
    const auto place = by_task_.find(task_id);
    std::erase(place->second, from);
    if (place->second.empty()) by_task_.erase(place);
}

watch_registry::watched_tasks watch_registry::tasks() const {
    const std::lock_guard lock(mutex_);
    return by_task_;
}

std::vector<watch_registry::shared> watch_registry::of_users() const {
    std::vector<shared> found;
    const std::lock_guard lock(mutex_);
    for (const auto& each : watchers_) {
        if (each->user_id() != 0) found.push_back(each);
    }
    return found;
}

bool watch_registry::add_urgent(const std::vector<std::int64_t>& ids) {
    if (size() == 0) return false;
    const std::lock_guard lock(mutex_);
    bool some = false;
    for (const auto id : ids) {
        if (!by_task_.contains(id)) continue;
        urgent_.insert(id);
        some = true;
    }
    return some;
}

watch_registry::watched_tasks watch_registry::take_urgent() {
    watched_tasks taken;
    const std::lock_guard lock(mutex_);
    for (const auto id : std::exchange(urgent_, {})) {
        if (const auto found = by_task_.find(id); found != by_task_.end()) taken.insert(*found);
    }
    return taken;
}

void watch_registry::interrupt_all() const {
    const std::lock_guard lock(mutex_);
    for (const auto& each : watchers_) each->interrupt();
}

}  // namespace esm::tasks
