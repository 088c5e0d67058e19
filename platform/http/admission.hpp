// How many requests of one shard run at a time, and how many may wait for that: beyond both a request is
// refused at once, so that overload shows as 503 and not as latency. Belongs to one shard; only stats() may
// be asked from others.
#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <list>

#include "platform/async/awaitable.hpp"
#include "platform/base/clock.hpp"

namespace esm::http {

class admission {
public:
    admission(std::size_t in_flight_max, std::size_t queue_max)
        : in_flight_max_(in_flight_max), queue_max_(queue_max) {}

    // Takes a slot if one is free and nobody waits.
    bool try_enter();
    // Waits for a slot; false at once when the queue is full, and when `until` passes.
    awaitable<bool> wait_to_enter(deadline until);
    // Gives the slot back, to the one that waited longest.
    void leave();

    struct stats {
        std::size_t in_flight, queued;
    };
    stats read_stats() const { return {in_flight_.load(relaxed), queued_.load(relaxed)}; }

private:
    static constexpr auto relaxed = std::memory_order_relaxed;
    struct waiter {
        asio::steady_timer timer;
        bool admitted{false};
    };

    const std::size_t in_flight_max_, queue_max_;
    std::atomic<std::size_t> in_flight_{0}, queued_{0};  // written by the shard alone
    std::list<waiter*> waiters_;
};

}  // namespace esm::http
