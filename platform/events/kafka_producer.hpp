// The idempotent producer of the process and the thread that alone touches it. A batch is settled as a whole:
// when one is not reported within its patience, everything outstanding is purged and the producer recreated,
// so that no abandoned message can be delivered after a later one of its key.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/async/oneshot.hpp"
#include "platform/events/headers.hpp"
#include "platform/events/kafka_settings.hpp"

namespace esm::events {

struct kafka_record {
    event value;
    // Sent instead of the event's own, which are otherwise made on the producer's thread.
    std::optional<header_list> headers;
};

class kafka_producer {
public:
    // Throws std::invalid_argument for settings that librdkafka refuses. Does not wait for a broker.
    explicit kafka_producer(kafka_options settings);
    // Answers false for what is still outstanding after a second.
    ~kafka_producer();

    kafka_producer(const kafka_producer&) = delete;
    kafka_producer& operator=(const kafka_producer&) = delete;

    // Any shard. For each record: whether the broker reported it persisted.
    awaitable<std::vector<bool>> publish(
        std::vector<kafka_record> records, std::chrono::milliseconds patience
    );

    // The librdkafka producer of this moment, for administration; it stays usable while the pointer is held.
    std::shared_ptr<RdKafka::Producer> handle() const;

private:
    struct batch;
    struct report {
        batch* owner;
        std::size_t index;
    };
    struct batch {
        std::vector<kafka_record> records;
        std::vector<bool> persisted;
        std::vector<report> reports;  // what librdkafka carries for each message
        std::size_t outstanding{0};
        deadline until;
        async::oneshot<std::vector<bool>> answer;
    };
    class delivery_reports : public RdKafka::DeliveryReportCb {
    public:
        void dr_cb(RdKafka::Message& message) override;
    };
    struct instance {
        explicit instance(const kafka_options& settings);
        delivery_reports reports;
        kafka_complaints complaints{"producer"};
        std::unique_ptr<RdKafka::Producer> producer;
    };

    void run();
    std::deque<std::unique_ptr<batch>> wait_for_work();
    void produce(batch& given);
    RdKafka::ErrorCode produce_one(kafka_record& record, report& slot);
    void settle_finished();
    bool must_abandon() const;
    void abandon();
    void recreate();

    const kafka_options settings_;
    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::unique_ptr<batch>> incoming_;
    bool stopping_{false};
    std::shared_ptr<instance> current_;         // replaced by the thread, under the mutex
    std::vector<std::unique_ptr<batch>> open_;  // the thread's own: produced, not yet settled
    std::thread thread_;
};

}  // namespace esm::events
