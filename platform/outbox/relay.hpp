// Moves outbox rows to the event log. One relay a database is at work: the holder of an advisory lock. It
// selects unpublished rows in id order (never by id > last, since sequences commit out of order), publishes
// up to 5,000, waits for the delivery reports, deletes the batch. Woken by the commit, across processes by
// NOTIFY, and polls besides.
#pragma once

#include <memory>
#include <string>

#include "platform/async/runtime.hpp"
#include "platform/db/database.hpp"
#include "platform/events/event_log.hpp"

namespace esm::outbox {

struct relay_options {
    std::size_t batch_max{5000};
    std::chrono::milliseconds poll{500};
    std::chrono::milliseconds publish_patience{10'000};
};

struct relay_stats {
    bool owner{false};
    std::int64_t published{0}, pending{0}, oldest_age_us{0};
};

class relay {
public:
    relay(async::runtime& runtime, db::database& source, events::event_log& log, relay_options options);
    ~relay();

    void start(unsigned shard);
    // Wakes the relay wherever it runs (this process at once, others by a debounced NOTIFY).
    void wake();
    // Publishes what is there, if this process owns the relay, then ends.
    awaitable<void> stop();
    relay_stats stats() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace esm::outbox
