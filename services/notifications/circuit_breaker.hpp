// Pauses a channel whose provider is away: while open, deliveries wait here with their leases instead of
// burning attempts; after each pause one of them probes. One a channel and process; used from every shard.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "platform/async/signal.hpp"

namespace esm::notifications {

struct circuit_breaker_options {
    std::chrono::milliseconds pause_first{500}, pause_max{30'000};  // doubled at each failed probe
};

class circuit_breaker {
public:
    explicit circuit_breaker(circuit_breaker_options options) : options_(options) {}

    // Leave for one attempt. Gone without a verdict, it gives a probe's turn to the next one.
    class pass {
    public:
        pass(circuit_breaker& owner, bool probe) : owner_(&owner), probe_(probe) {}
        pass(pass&& other) noexcept : owner_(std::exchange(other.owner_, nullptr)), probe_(other.probe_) {}
        pass& operator=(pass&&) = delete;
        ~pass();

        // The provider answered, whatever it said.
        void reached();
        // It did not. Answers how long the channel rests.
        std::chrono::milliseconds away();

    private:
        circuit_breaker* owner_;
        bool probe_;
    };

    // Waits until an attempt makes sense; nothing once stopped.
    awaitable<std::optional<pass>> admit();
    // Leave at once, or nothing.
    std::optional<pass> try_admit();
    // Waits until asking again makes sense, for `patience_max` at most; false once stopped.
    awaitable<bool> wait_for_turn(std::chrono::milliseconds patience_max);
    // Until it may be tried; 0 where it may be now.
    std::chrono::milliseconds rests_for() const;

    bool is_open() const;
    // Lets all that wait go with nothing.
    void stop();

private:
    bool may_admit_locked() const;
    void close();
    std::chrono::milliseconds fail(bool probe);
    void abandon();
    std::chrono::milliseconds pause() const;
    void wake_all();

    const circuit_breaker_options options_;
    mutable std::mutex mutex_;
    unsigned failures_{0};  // in a row; 0: closed
    bool probing_{false};
    bool stopped_{false};
    std::chrono::steady_clock::time_point open_until_;
    std::vector<std::shared_ptr<async::signal>> waiting_;
};

}  // namespace esm::notifications
