// What every change of a task brings with it, whoever makes it: its event, and for one that has ended its
// unique key and the tasks that wait for it. Used in the transaction of the change.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/lease/lease.hpp"
#include "platform/outbox/outbox.hpp"
#include "services/tasks/handlers/handler.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

struct transition_deps {
    const handler_set& handlers;
    const outbox::outbox& outbox;
    bool publish_events;
    // Called after commits: the pools that have new work, and the tasks that changed.
    std::function<void(const std::vector<std::string>& pools)> on_work;
    std::function<void(std::vector<std::int64_t> ids)> on_change;
};

class transitions {
public:
    explicit transitions(transition_deps deps) : deps_(std::move(deps)) {}

    // The pool whose workers can do the task: those of this process, or those of its type.
    std::string pool_of(const task& one) const;
    // Makes the tasks claimable, now or at their instant.
    void enqueue(db::transaction& tx, const std::vector<const task*>& ready) const;

    void publish(db::transaction& tx, std::vector<events::event> made) const;

    // The tasks have changed and are saved: tells of it, and lets those go on that waited for the ended ones.
    awaitable<void> announce(db::transaction& tx, const std::vector<task>& changed) const;
    // The tasks changed in a way that has no event: watchers alone are told.
    void touch(db::transaction& tx, std::vector<std::int64_t> ids) const;
    // These tasks have ended before: lets those go on that have just begun to wait for them.
    awaitable<void> release(db::transaction& tx, const std::vector<task>& ended) const;

private:
    awaitable<std::vector<task>> tell(db::transaction& tx, const std::vector<task>& changed) const;
    awaitable<std::vector<task>> release_followers(db::transaction& tx, const std::vector<task>& ended) const;

    const transition_deps deps_;
};

inline constexpr std::string_view builtin_pool = "builtin";
std::string external_pool(std::string_view type);

}  // namespace esm::tasks
