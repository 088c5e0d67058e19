// Who carries the messages of one channel: a provider, and another one that stands in for it while it is
// away. Made once a channel, lives as long as the service; used from every shard.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "services/notifications/channel.hpp"
#include "services/notifications/circuit_breaker.hpp"

namespace esm::notifications {

class providers {
public:
    // `standby` may be null.
    providers(
        std::unique_ptr<channel> primary,
        std::unique_ptr<channel> standby,
        const circuit_breaker_options& options
    );

    struct turn {
        channel& carrier;
        std::string_view name;  // "primary", "fallback"
        circuit_breaker::pass pass;
    };
    // Waits until one of them may be tried, the primary first; nothing once stopped.
    awaitable<std::optional<turn>> admit();

    // Another one's turn where that is at once; nothing where there is none.
    std::optional<turn> instead_of(std::string_view name);

    // How long until any of them may be tried.
    std::chrono::milliseconds rests_for() const;
    // None of them can be reached.
    bool are_away() const;
    // Lets all that wait go with nothing.
    void stop_waiting();
    // Gives up what is in flight soon.
    void stop_sending();

private:
    struct member {
        std::string_view name;
        std::unique_ptr<channel> carrier;
        circuit_breaker breaker;
    };
    const member& next_to_open() const;

    std::vector<member> members_;
};

}  // namespace esm::notifications
