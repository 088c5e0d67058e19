// A wake-up that coalesces: any thread notifies, one coroutine waits. A notification that comes while nobody
// waits is kept, so none is lost between two waits.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>

#include "platform/async/awaitable.hpp"

namespace esm::async {

class signal {
public:
    // The waiting coroutine must run on `executor`.
    explicit signal(asio::any_io_executor executor);

    // Thread-safe, cheap when already notified. Safe after the waiter's loop has ended.
    void notify();

    // True if notified before `patience` ran out. Resets the signal.
    awaitable<bool> wait_for(std::chrono::milliseconds patience);

private:
    struct state {
        explicit state(const asio::any_io_executor& executor) : timer(executor) {}
        std::atomic<bool> raised{false};
        asio::steady_timer timer;
    };
    std::shared_ptr<state> state_;
};

}  // namespace esm::async
