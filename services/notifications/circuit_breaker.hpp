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
    struct state;

public:
    explicit circuit_breaker(circuit_breaker_options options);

    // Leave for one attempt. Gone without a verdict, it gives a probe's turn to the next one. May outlive its
    // breaker: at the exit of a process, attempts go last that nobody waits for.
    class pass {
    public:
        pass(std::shared_ptr<state> owner, bool probe) : owner_(std::move(owner)), probe_(probe) {}
        pass(pass&&) noexcept = default;
        pass& operator=(pass&&) = delete;
        ~pass();

        // The provider answered, whatever it said.
        void reached();
        // It did not. Answers how long the channel rests.
        std::chrono::milliseconds away();

    private:
        std::shared_ptr<state> owner_;
        bool probe_;
    };

    // Waits until an attempt makes sense; nothing once stopped.
    awaitable<std::optional<pass>> admit();
    // Leave at once, or nothing.
    std::optional<pass> try_admit();
    // Waits until asking again makes sense, for `patience_max` at most; false once stopped.
    awaitable<bool> wait_for_turn(std::chrono::milliseconds patience_max) const;
    // Until it may be tried; 0 where it may be now.
    std::chrono::milliseconds rests_for() const;

    bool is_open() const;
    // Lets all that wait go with nothing.
    void stop();

private:
    std::shared_ptr<state> state_;
};

}  // namespace esm::notifications
