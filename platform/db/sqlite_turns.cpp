// See sqlite_turns.hpp.
#include "platform/db/sqlite_turns.hpp"

#include <boost/asio/steady_timer.hpp>

#include "platform/db/failure.hpp"

namespace esm::db {

awaitable<sqlite_turns::turn> sqlite_turns::take(deadline until) {
    const auto mine = std::make_shared<waiter>();
    {
        const std::lock_guard lock(mutex_);
        if (!taken_) {
            taken_ = true;
            mine->granted = true;
        } else if (waiters_.size() >= waiters_max_) {
            throw unavailable("too many wait for the database");
        } else {
            waiters_.push_back(mine);
        }
        if (mine->granted) co_return turn(shared_from_this());
    }
    asio::steady_timer patience(co_await asio::this_coro::executor, until);
    patience.async_wait([self = shared_from_this(), mine](auto cancelled) {
        if (!cancelled) self->give_up(mine);
    });
    if (!co_await mine->answer.get()) {
        throw unavailable("the deadline passed while waiting for the database");
    }
    co_return turn(shared_from_this());
}

void sqlite_turns::pass_on() {
    std::shared_ptr<waiter> next;
    {
        const std::lock_guard lock(mutex_);
        if (waiters_.empty()) {
            taken_ = false;
            return;
        }
        next = std::move(waiters_.front());
        waiters_.pop_front();
        next->granted = true;
    }
    next->answer.set_value(true);
}

void sqlite_turns::give_up(const std::shared_ptr<waiter>& one) {
    {
        const std::lock_guard lock(mutex_);
        if (one->granted) return;
        std::erase(waiters_, one);
    }
    one->answer.set_value(false);
}

void sqlite_turns::close() {
    std::deque<std::shared_ptr<waiter>> dropped;
    {
        const std::lock_guard lock(mutex_);
        dropped.swap(waiters_);
    }
    for (const auto& each : dropped) each->answer.set_value(false);
}

bool sqlite_turns::taken() const {
    const std::lock_guard lock(mutex_);
    return taken_;
}

std::size_t sqlite_turns::waiting() const {
    const std::lock_guard lock(mutex_);
    return waiters_.size();
}

}  // namespace esm::db
