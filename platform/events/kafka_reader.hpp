// One member of a Kafka consumer group, and its thread: librdkafka's consumer is touched by that thread
// alone. The subscription hands it jobs one at a time and waits. Owned by the log, which joins the thread;
// ends when told to.
#pragma once

#include <librdkafka/rdkafka.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "platform/async/oneshot.hpp"
#include "platform/events/event_log.hpp"
#include "platform/events/kafka_settings.hpp"

namespace esm::events {

class kafka_reader {
public:
    // Throws std::invalid_argument for settings or topics that librdkafka refuses. Does not wait for a
    // broker.
    kafka_reader(const kafka_options& settings, const std::string& group, std::vector<std::string> topics);
    ~kafka_reader();

    kafka_reader(const kafka_reader&) = delete;
    kafka_reader& operator=(const kafka_reader&) = delete;

    awaitable<std::vector<delivered>> poll(std::size_t max, std::chrono::milliseconds patience);
    awaitable<void> commit(const std::vector<delivered>& done);
    awaitable<void> rewind(std::vector<delivered> undone);
    std::int64_t lag() const { return lag_.load(std::memory_order_relaxed); }

    // The poll under way, and each later one, answers at once with what there is.
    void stop_waiting();
    // Leaves the group soon; does not wait.
    void leave();
    bool ended() const { return ended_.load(std::memory_order_acquire); }

private:
    using place = std::pair<std::string, std::int32_t>;  // topic, partition

    class rebalancing : public RdKafka::RebalanceCb {
    public:
        explicit rebalancing(kafka_reader& owner) : owner_(owner) {}
        void rebalance_cb(
            RdKafka::KafkaConsumer* consumer,
            RdKafka::ErrorCode why,
            std::vector<RdKafka::TopicPartition*>& partitions
        ) override;

    private:
        kafka_reader& owner_;
    };

    void post(std::function<void()> job);
    void run();
    std::vector<delivered> gather(std::size_t max, std::chrono::milliseconds patience);
    bool take(std::vector<delivered>& into, std::chrono::milliseconds patience);
    void store_offsets();
    void refresh_lag();
    void find_committed(const std::vector<place>& missing);

    kafka_complaints complaints_;
    rebalancing rebalancing_{*this};
    std::unique_ptr<RdKafka::KafkaConsumer> consumer_;
    std::unique_ptr<rd_kafka_queue_t, void (*)(rd_kafka_queue_t*)> messages_;  // consumer_'s; null at its end

    // The thread's own.
    std::deque<delivered> given_back_;           // rewound: handed out again before anything newer
    std::map<place, std::int64_t> uncommitted_;  // next offsets the broker has not acknowledged
    std::map<place, std::int64_t> next_;         // next offset to be done, a partition we were assigned
    deadline lag_due_{};

    std::mutex mutex_;
    std::condition_variable wanted_;
    std::deque<std::function<void()>> jobs_;
    std::atomic<bool> patient_{true};
    bool leaving_{false};
    std::atomic<bool> ended_{false};
    std::atomic<std::int64_t> lag_{-1};
    std::thread thread_;
};

// The part of a message that headers and value carry, with its place.
delivered to_delivered(RdKafka::Message& message);

}  // namespace esm::events
