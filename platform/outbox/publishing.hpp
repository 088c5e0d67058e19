// The outbox of one service together with its relay and their gauges: what every service that publishes owns.
#pragma once

#include "platform/observe/metrics.hpp"
#include "platform/outbox/outbox.hpp"
#include "platform/outbox/relay.hpp"

namespace esm::outbox {

class publishing {
public:
    publishing(
        async::runtime& runtime,
        db::database& source,
        events::event_log& log,
        observe::metrics& metrics,
        relay_options options = {}
    );

    outbox& writer() { return outbox_; }
    void start(unsigned shard) { relay_.start(shard); }
    // Publishes what is there, then ends.
    awaitable<void> stop() { return relay_.stop(); }
    relay_stats stats() const { return relay_.stats(); }

private:
    relay relay_;
    outbox outbox_;
};

}  // namespace esm::outbox
