// Follows whole topics on Kafka from an instant on, with no group: a consumer that assigns itself every
// partition and never commits. One thread, from construction to destruction.
#pragma once

#include <librdkafka/rdkafkacpp.h>

#include <atomic>
#include <map>
#include <thread>

#include "platform/events/event_log.hpp"
#include "platform/events/kafka_settings.hpp"

namespace esm::events {

class kafka_follower : public follower {
public:
    kafka_follower(
        const kafka_options& settings,
        std::vector<std::string> topics,
        instant_us since,
        follow_handler handle
    );
    ~kafka_follower() override;

    bool caught_up() const override { return caught_up_.load(std::memory_order_acquire); }

private:
    using place = std::pair<std::string, std::int32_t>;

    void run();
    // Looks for partitions that are not followed yet, and follows them. False while the broker is away or a
    // topic is not there.
    bool find_partitions();
    bool start_at(const std::vector<place>& fresh);
    void consume_some();
    void see_whether_caught_up();

    const std::vector<std::string> topics_;
    const instant_us since_;
    const follow_handler handle_;
    kafka_complaints complaints_{"follower"};
    std::unique_ptr<RdKafka::KafkaConsumer> consumer_;
    std::map<place, std::int64_t> next_;  // the next offset to be handled
    std::map<place, std::int64_t> ends_;  // where each partition ended when it was first looked at
    std::atomic<bool> caught_up_{false};
    std::atomic<bool> leaving_{false};
    std::thread thread_;
};

}  // namespace esm::events
