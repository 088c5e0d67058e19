// Lets one request a key in at a time, within this process: those that wait for the first one's outcome wait
// here and hold no database connection meanwhile, so that they cannot starve the one they wait for.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "platform/async/awaitable.hpp"
#include "platform/base/clock.hpp"

namespace esm::http {

class key_gate {
public:
    // Holds the key until it is destroyed; empty when the deadline passed first.
    class pass {
    public:
        pass() = default;
        pass(key_gate& gate, std::string key) : gate_(&gate), key_(std::move(key)) {}
        pass(pass&& other) noexcept
            : gate_(std::exchange(other.gate_, nullptr)), key_(std::move(other.key_)) {}
        pass& operator=(pass&&) = delete;
        ~pass() {
            if (gate_) gate_->leave(key_);
        }
        explicit operator bool() const { return gate_ != nullptr; }

    private:
        key_gate* gate_{nullptr};
        std::string key_;
    };

    awaitable<pass> enter(std::string key, deadline until);

private:
    struct waiter {
        explicit waiter(const asio::any_io_executor& executor, deadline until) : timer(executor, until) {}
        asio::steady_timer timer;  // its executor runs the waiting coroutine
        bool admitted{false};
    };

    void leave(const std::string& key);

    std::mutex mutex_;
    // A key that is here is held. Waiters are owned by their coroutines, which may end with their shard.
    std::unordered_map<std::string, std::deque<std::weak_ptr<waiter>>> held_;
};

}  // namespace esm::http
