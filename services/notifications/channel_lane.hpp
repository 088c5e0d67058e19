// Everything that delivers the messages of one channel: its providers, its lease pool and worker, its limits.
// What holds one channel up leaves the others alone. The service makes one a channel.
#pragma once

#include <memory>
#include <string>

#include "services/notifications/deliver.hpp"

namespace esm::notifications {

struct channel_lane_options {
    std::string channel;
    delivery_policy policy;
    circuit_breaker_options breaker;
    std::size_t slots_max{16};
    std::chrono::milliseconds lease{30'000};
    std::optional<std::int64_t> rate_per_minute;  // over all processes of the service
};

struct channel_lane_deps {
    async::runtime& runtime;
    db::database& database;
    outbox::outbox& outbox;
    observe::metrics& metrics;
    const make_message& making;
    bury_recipient on_gone;
    std::function<void(std::int64_t user_id)> inbox_changed;
};

class channel_lane {
public:
    channel_lane(
        channel_lane_deps deps,
        channel_lane_options options,
        std::unique_ptr<channel> primary,
        std::unique_ptr<channel> standby = nullptr
    );

    const std::string& name() const { return options_.channel; }
    void start(unsigned shard);
    void wake() { worker_.wake(); }
    // No provider can be reached.
    bool is_away() const { return carriers_.are_away(); }

    // A stop has four steps, each of all lanes together (channels::stop). Nothing more is taken; what waits
    // for a provider goes back.
    void stop_taking();
    // Waits for what is being sent.
    awaitable<void> drain(deadline until);
    // Gives up what is still in flight: it ends soon, and goes back once it has.
    void stop_sending();
    // Waits for that. What does not end even so keeps its lease until it expires.
    awaitable<void> stop(deadline until);

private:
    awaitable<void> apply_rate();

    channel_lane_deps deps_;
    const channel_lane_options options_;
    providers carriers_;
    deliver delivering_;
    lease::worker worker_;
};

}  // namespace esm::notifications
