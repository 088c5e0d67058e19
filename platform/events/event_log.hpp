// The stream between the services, with two drivers behind one contract suite: Kafka, and a table in a SQLite
// file for embedded systems. Made by app/, lives as long as the process, used from every shard.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/events/event.hpp"

namespace esm::events {

struct delivered {
    event value;
    std::int32_t partition{0};
    std::int64_t offset{0};
    std::string raw_headers;  // JSON object of all headers as they came, for dead letters
    bool well_formed{true};   // false: attributes missing or unreadable; `value` holds what could be read
    std::string malformed_why;
};

// One member of a consumer group. Used by one coroutine.
class subscription {
public:
    virtual ~subscription() = default;
    // Up to `max` events in order of their partitions; empty when none came within `patience`.
    virtual awaitable<std::vector<delivered>> poll(std::size_t max, std::chrono::milliseconds patience) = 0;
    // The poll under way, and each later one, answers at once with what there is. On the executor that polls.
    virtual void stop_waiting() = 0;
    // Stores the offsets after these, once their effects are committed.
    virtual awaitable<void> commit(const std::vector<delivered>& done) = 0;
    // Puts the position back to the first of these, so that the next poll gives them again (after a failed
    // effect).
    virtual awaitable<void> rewind(const std::vector<delivered>& undone) = 0;
    // Events not yet consumed, over the assigned partitions; -1 when unknown.
    virtual std::int64_t lag() const = 0;
};

// Gets every event, in order per partition. May be called on any thread, one at a time; must not throw.
using follow_handler = std::function<void(const delivered&)>;

// Follows topics as long as it lives.
class follower {
public:
    virtual ~follower() = default;
    // Everything that was in the topics when it began has been handled.
    virtual bool caught_up() const = 0;
};

class event_log {
public:
    virtual ~event_log() = default;
    // Publishes in order per key. Answers, for each, whether it is durably in the log (Kafka: the delivery
    // report says PERSISTED under acks=all). Never throws for a broker that is away: those answer false after
    // `patience`.
    virtual awaitable<std::vector<bool>> publish(
        std::vector<event> batch, std::chrono::milliseconds patience
    ) = 0;
    virtual std::unique_ptr<subscription> subscribe(std::string group, std::vector<std::string> topics) = 0;
    // Every event of the topics published at or after `since`, to this caller besides all others: nothing is
    // stored of how far it came. For what each process has to know by itself.
    virtual std::unique_ptr<follower> follow(
        std::vector<std::string> topics, instant_us since, follow_handler handle
    ) = 0;
    virtual awaitable<bool> is_ready(deadline until) noexcept = 0;
    // Makes the topics exist (Kafka: by the admin API, with `partitions`); retried in the background while
    // away.
    virtual void ensure_topics(std::vector<std::string> topics, int partitions) = 0;
    // Extra headers: dead letters carry theirs beside the event's own.
    virtual awaitable<bool> publish_raw(
        std::string topic,
        std::string key,
        std::string headers_json,
        std::string value,
        std::chrono::milliseconds patience
    ) = 0;
};

struct kafka_options {
    std::string brokers;                                          // "host:port,host:port"
    std::vector<std::pair<std::string, std::string>> librdkafka;  // passed through (SASL, SSL)
    std::string client_id{"esm"};
};
std::unique_ptr<event_log> open_kafka(async::runtime& runtime, kafka_options settings);

// `path` is the SQLite file (created when missing); `retention` bounds how long read events stay.
std::unique_ptr<event_log> open_embedded(
    async::runtime& runtime, std::string path, std::chrono::hours retention = std::chrono::hours(24 * 7)
);

}  // namespace esm::events
