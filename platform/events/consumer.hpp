// Effectively-once consumption: an event's effect, its inbox row and whatever the effect publishes are one
// transaction; only then is the offset stored. A duplicate changes nothing; a poison event goes to
// dlq.<group>.<topic> and the next one proceeds. A service makes one consumer a group and starts it on a
// shard.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/async/signal.hpp"
#include "platform/db/database.hpp"
#include "platform/events/event_log.hpp"
#include "platform/observe/metrics.hpp"

namespace esm::events {

// Applies one event inside the transaction. An error answered means the event can never be applied (poison):
// it goes to the dead letters with the error's text. A throw means try again (database away).
using effect = std::function<awaitable<result<void>>(db::transaction& tx, const event& cause)>;

// The same for several events at once, in the order of their partitions: where statements for all of them
// cost little more than for one. An error, or a throw that blames the data, has each tried by itself.
using batch_effect =
    std::function<awaitable<result<void>>(db::transaction& tx, const std::vector<const event*>& causes)>;

// In the transaction that sets a poison event aside.
using burial = std::function<void(db::transaction& tx, const delivered& refused, const std::string& why)>;

struct consumer_options {
    std::string group;
    std::vector<std::string> topics;
    std::size_t batch_max{200};
    burial on_burial{};
};

struct consumer_stats {
    std::int64_t applied{0}, duplicates{0}, dead{0}, lag{-1};
};

class consumer {
public:
    consumer(
        async::runtime& runtime, event_log& log, db::database& target, consumer_options options, effect apply
    );
    consumer(
        async::runtime& runtime,
        event_log& log,
        db::database& target,
        consumer_options options,
        batch_effect apply
    );
    ~consumer();

    void start(unsigned shard);
    // Finishes the batch in hand, then ends.
    awaitable<void> stop();
    consumer_stats stats() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

// The gauges of a consumer, for operators: lag, applied, duplicates, dead letters. `shown` must outlive the
// metrics' use.
void show(observe::metrics& metrics, const std::string& group, const consumer& shown);

}  // namespace esm::events
