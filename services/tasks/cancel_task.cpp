// See cancel_task.hpp.
#include "services/tasks/cancel_task.hpp"

#include "platform/lease/lease.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/errors.hpp"
#include "services/tasks/events.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

awaitable<result<task>> cancel_task::run(
    std::int64_t id, std::optional<std::int64_t> visible, deadline until
) {
    const auto found = co_await task_store::find(database_, id, until);
    if (!found || !may_see(visible, *found)) co_return no_such_task(id);
    if (is_terminal(found->status)) co_return already_ended(*found);
    co_return co_await database_.transact(until, [&](db::transaction& tx) { return cancel(tx, id); });
}

awaitable<result<task>> cancel_task::cancel(db::transaction& tx, std::int64_t id) {
    // The lease first, as claims and outcomes take them in this order too.
    const auto lease = co_await lease::cancel(tx, id);
    auto locked = co_await task_store::lock(tx, {id});
    if (locked.empty()) co_return no_such_task(id);
    auto& changed = locked.front();
    if (is_terminal(changed.status)) co_return already_ended(changed);
    if (lease == lease::cancel_outcome::requested) {
        if (changed.cancel_requested) co_return changed;
        changed.cancel_requested = true;
        ++changed.version;
    } else {
        apply(changed, happening::cancelled, {.now = now_us()});
        outbox_.append(tx, task_changed(changed));
    }
    task_store::save(tx, locked);
    co_return changed;
}

}  // namespace esm::tasks
