// Who may write: SQLite has one writer, so transactions of all shards take turns, first come, first served.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "platform/async/oneshot.hpp"
#include "platform/base/clock.hpp"

namespace esm::db {

class sqlite_turns : public std::enable_shared_from_this<sqlite_turns> {
public:
    // Holds the turn; the next one gets it when this goes.
    class turn {
    public:
        explicit turn(std::shared_ptr<sqlite_turns> owner) : owner_(std::move(owner)) {}
        ~turn() { give_back(); }
        turn(turn&&) = default;
        turn& operator=(turn&&) = delete;
        void give_back() {
            if (owner_) std::exchange(owner_, nullptr)->pass_on();
        }

    private:
        std::shared_ptr<sqlite_turns> owner_;
    };

    explicit sqlite_turns(std::size_t waiters_max) : waiters_max_(waiters_max) {}

    // Throws unavailable when it is not had by `until`, or when too many wait already.
    awaitable<turn> take(deadline until);

    // Fails all that wait. Any thread, like the rest.
    void close();
    bool taken() const;
    std::size_t waiting() const;

private:
    struct waiter {
        async::oneshot<bool> answer;  // whether it got the turn
        bool granted{false};
    };

    void pass_on();
    void give_up(const std::shared_ptr<waiter>& one);

    const std::size_t waiters_max_;
    mutable std::mutex mutex_;
    bool taken_{false};
    std::deque<std::shared_ptr<waiter>> waiters_;
};

}  // namespace esm::db
