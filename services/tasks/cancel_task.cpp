// See cancel_task.hpp.
#include "services/tasks/cancel_task.hpp"

#include "platform/lease/lease.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/errors.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

awaitable<result<task>> cancel_task::run(std::int64_t id, std::optional<std::int64_t> visible, deadline until)
    const {
    const auto found = co_await task_store::find(database_, id, until);
    if (!found || !may_see(visible, *found)) co_return no_such_task(id);
    if (is_terminal(found->status)) co_return already_ended(*found);
    co_return co_await database_.transact(until, [&](db::transaction& tx) { return write(tx, id); });
}

awaitable<result<task>> cancel_task::write(db::transaction& tx, std::int64_t id) const {
    using enum lease::cancel_outcome;
    // The lease first, as claims and outcomes take them in this order too.
    const auto outcome = co_await lease::cancel(tx, id);
    if (outcome == requested) co_return co_await ask_to_stop(tx, id);
    auto locked = co_await task_store::lock(tx, {id});
    if (locked.empty()) co_return no_such_task(id);
    if (is_terminal(locked.front().status)) co_return already_ended(locked.front());
    // It waited for others until just now: what they let go may be claimed, and somebody may have it already.
    if (outcome == absent && co_await lease::cancel(tx, id) == requested) {
        co_return co_await ask_to_stop(tx, id);
    }
    apply(locked.front(), happening::cancelled, {.now = now_us()});
    co_await task_store::save(tx, locked);
    co_await changes_.announce(tx, locked);
    co_return std::move(locked.front());
}

// Its lease says so by now: its worker hears of it.
awaitable<result<task>> cancel_task::ask_to_stop(db::transaction& tx, std::int64_t id) const {
    auto running = co_await task_store::load(tx, {id});
    if (running.empty()) co_return no_such_task(id);
    changes_.touch(tx, {id});
    co_return std::move(running.front());
}

}  // namespace esm::tasks
