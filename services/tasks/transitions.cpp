// See transitions.hpp.
#include "services/tasks/transitions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "services/tasks/events.hpp"
#include "services/tasks/link_store.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

std::vector<std::int64_t> ids_of(const std::vector<task>& tasks) {
    std::vector<std::int64_t> ids;
    ids.reserve(tasks.size());
    for (const auto& each : tasks) ids.push_back(each.id);
    return ids;
}

// A state that the contract has an event for.
bool is_told(task_status reached) {
    return reached != task_status::pending && reached != task_status::scheduled;
}

// What the end of its parents means to a blocked task.
bool follow_parents(task& child, const std::vector<const task*>& parents, bool waits_on, instant_us now) {
    const auto policy = child.extra.on_parent_failure;
    for (const auto* each : parents) {
        if (each->status == task_status::completed || policy == parent_failure::run) continue;
        const bool skip = policy == parent_failure::skip;
        auto why = fmt::format(
            "{}task {}, which it depends on, is {}", skip ? "skipped: " : "", each->id, name_of(each->status)
        );
        return apply(
            child,
            skip ? happening::skipped : happening::parent_failed,
            {.now = now, .error_message = std::move(why)}
        );
    }
    if (waits_on) return false;
    return apply(child, child.run_at > now ? happening::postponed : happening::unblocked, {.now = now});
}

}  // namespace

std::string external_pool(std::string_view type) {
    return fmt::format("external:{}", type);
}

std::string transitions::pool_of(const task& one) const {
    return deps_.handlers.find(one.type) ? std::string(builtin_pool) : external_pool(one.type);
}

void transitions::enqueue(db::transaction& tx, const std::vector<const task*>& ready) const {
    if (ready.empty()) return;
    std::vector<lease::work> items;
    std::vector<std::string> pools;
    items.reserve(ready.size());
    for (const auto* each : ready) {
        auto& item = items.emplace_back();
        item.id = each->id;
        item.pool = pool_of(*each);
        item.priority = static_cast<std::int32_t>(each->priority);
        item.run_at = each->status == task_status::scheduled ? each->run_at : 0;
        item.queue = each->queue;
        item.tenant = each->user_id;
        if (each->extra.concurrency_key) {
            // Keys of two users are two keys.
            item.concurrency_key = fmt::format("{}:{}", each->user_id, *each->extra.concurrency_key);
            item.concurrency_limit = static_cast<std::int32_t>(each->extra.concurrency_limit);
        }
        if (item.run_at == 0 && std::find(pools.begin(), pools.end(), item.pool) == pools.end()) {
            pools.push_back(item.pool);
        }
    }
    lease::enqueue(tx, std::move(items));
    if (!pools.empty()) {
        tx.after_commit([this, pools = std::move(pools)] { deps_.on_work(pools); });
    }
}

void transitions::publish(db::transaction& tx, std::vector<events::event> made) const {
    if (deps_.publish_events) deps_.outbox.append(tx, std::move(made));
}

awaitable<void> transitions::announce(db::transaction& tx, const std::vector<task>& changed) const {
    auto next = co_await tell(tx, changed);
    while (!next.empty()) next = co_await tell(tx, next);
}

// Answers the tasks that have changed in turn.
awaitable<std::vector<task>> transitions::tell(db::transaction& tx, const std::vector<task>& changed) const {
    std::vector<events::event> made;
    std::vector<std::int64_t> freed, over;
    std::vector<task> followed;
    if (deps_.publish_events) made.reserve(changed.size());
    for (const auto& each : changed) {
        if (deps_.publish_events && is_told(each.status)) made.push_back(task_changed(each));
        if (!is_terminal(each.status)) continue;
        if (each.extra.unique_key) freed.push_back(each.id);
        if (!each.extra.depends_on.empty()) over.push_back(each.id);
        if (each.followed) followed.push_back(each);
    }
    publish(tx, std::move(made));
    if (!freed.empty()) link_store::free_unique(tx, std::move(freed));
    if (!over.empty()) link_store::drop_dependencies(tx, std::move(over));
    if (!changed.empty()) touch(tx, ids_of(changed));
    if (followed.empty()) co_return std::vector<task>{};
    co_return co_await release_followers(tx, followed);
}

void transitions::touch(db::transaction& tx, std::vector<std::int64_t> ids) const {
    tx.after_commit([this, ids = std::move(ids)]() mutable { deps_.on_change(std::move(ids)); });
}

awaitable<void> transitions::release(db::transaction& tx, const std::vector<task>& ended) const {
    co_await announce(tx, co_await release_followers(tx, ended));
}

// Answers those of them that changed.
awaitable<std::vector<task>> transitions::release_followers(
    db::transaction& tx, const std::vector<task>& ended
) const {
    const auto children = co_await link_store::followers_of(tx, ids_of(ended));
    if (children.empty()) co_return std::vector<task>{};
    // Locked before anything is counted: two parents that end at once must not each see the other as still
    // running.
    auto locked = co_await task_store::lock(tx, children);
    std::map<std::int64_t, std::vector<const task*>> parents;
    for (const auto& [child, parent] : co_await link_store::take_dependencies(tx, ids_of(ended))) {
        const auto at = std::find_if(ended.begin(), ended.end(), [parent = parent](const task& each) {
            return each.id == parent;
        });
        parents[child].push_back(&*at);
    }
    const auto waiting = co_await link_store::still_waiting(tx, children);
    const auto now = now_us();
    std::erase_if(locked, [&](task& child) {
        const bool waits_on = std::find(waiting.begin(), waiting.end(), child.id) != waiting.end();
        return !follow_parents(child, parents[child.id], waits_on, now);
    });
    if (locked.empty()) co_return locked;
    co_await task_store::save(tx, locked);
    std::vector<const task*> ready;
    for (const auto& each : locked) {
        if (!is_terminal(each.status)) ready.push_back(&each);
    }
    enqueue(tx, ready);
    co_return locked;
}

}  // namespace esm::tasks
