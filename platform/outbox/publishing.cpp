// See publishing.hpp.
#include "platform/outbox/publishing.hpp"

namespace esm::outbox {

publishing::publishing(
    async::runtime& runtime,
    db::database& source,
    events::event_log& log,
    observe::metrics& metrics,
    relay_options options
)
    : relay_(runtime, source, log, options), outbox_([this] { relay_.wake(); }) {
    metrics.make_gauge("outbox_pending_events", "Events committed but not yet published.", {}, [this] {
        return static_cast<double>(relay_.stats().pending);
    });
    metrics.make_gauge("outbox_oldest_age_seconds", "Age of the oldest event not yet published.", {}, [this] {
        return static_cast<double>(relay_.stats().oldest_age_us) / 1e6;
    });
    metrics.make_gauge("outbox_relay_owner", "1 in the process whose relay publishes.", {}, [this] {
        return relay_.stats().owner ? 1.0 : 0.0;
    });
    metrics.make_gauge("outbox_published_events", "Events published since this process started.", {}, [this] {
        return static_cast<double>(relay_.stats().published);
    });
}

}  // namespace esm::outbox
