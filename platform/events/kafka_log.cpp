// The event log on Kafka: one producer and one administrator a process, one reader a subscription.
#include "platform/events/event_log.hpp"
#include "platform/events/headers.hpp"
#include "platform/events/kafka_admin.hpp"
#include "platform/events/kafka_follower.hpp"
#include "platform/events/kafka_producer.hpp"
#include "platform/events/kafka_reader.hpp"

namespace esm::events {

namespace {

class kafka_subscription : public subscription {
public:
    explicit kafka_subscription(std::shared_ptr<kafka_reader> reader) : reader_(std::move(reader)) {}
    ~kafka_subscription() override { reader_->leave(); }

    awaitable<std::vector<delivered>> poll(std::size_t max, std::chrono::milliseconds patience) override {
        return reader_->poll(max, patience);
    }
    void stop_waiting() override { reader_->stop_waiting(); }
    awaitable<void> commit(const std::vector<delivered>& done) override {
        if (!done.empty()) co_await reader_->commit(done);
    }
    awaitable<void> rewind(const std::vector<delivered>& undone) override { return reader_->rewind(undone); }
    std::int64_t lag() const override { return reader_->lag(); }

private:
    std::shared_ptr<kafka_reader> reader_;
};

class kafka_log : public event_log {
public:
    explicit kafka_log(kafka_options settings) : settings_(settings), producer_(std::move(settings)) {}

    awaitable<std::vector<bool>> publish(std::vector<event> batch, std::chrono::milliseconds patience)
        override {
        std::vector<kafka_record> records;
        records.reserve(batch.size());
        for (auto& each : batch) records.push_back({std::move(each), std::nullopt});
        return producer_.publish(std::move(records), patience);
    }

    awaitable<bool> publish_raw(
        std::string topic,
        std::string key,
        std::string headers_json,
        std::string value,
        std::chrono::milliseconds patience
    ) override {
        kafka_record raw{{}, decode_headers(headers_json)};
        raw.value.topic = std::move(topic);
        raw.value.key = std::move(key);
        raw.value.data = std::move(value);
        std::vector<kafka_record> records;
        records.push_back(std::move(raw));
        const auto persisted = co_await producer_.publish(std::move(records), patience);
        co_return persisted.front();
    }

    std::unique_ptr<subscription> subscribe(std::string group, std::vector<std::string> topics) override {
        auto reader = std::make_shared<kafka_reader>(settings_, group, std::move(topics));
        const std::lock_guard lock(mutex_);
        std::erase_if(readers_, [](const auto& each) { return each->ended(); });
        readers_.push_back(reader);
        return std::make_unique<kafka_subscription>(std::move(reader));
    }

    std::unique_ptr<follower> follow(std::vector<std::string> topics, instant_us since, follow_handler handle)
        override {
        return std::make_unique<kafka_follower>(settings_, std::move(topics), since, std::move(handle));
    }

    awaitable<bool> is_ready(deadline until) noexcept override { return admin_.is_ready(until); }

    void ensure_topics(std::vector<std::string> topics, int partitions) override {
        admin_.ensure_topics(std::move(topics), partitions);
    }

private:
    const kafka_options settings_;
    kafka_producer producer_;
    kafka_admin admin_{producer_};
    std::mutex mutex_;
    std::vector<std::shared_ptr<kafka_reader>> readers_;  // the last owner joins the thread
};

}  // namespace

std::unique_ptr<event_log> open_kafka(async::runtime&, kafka_options settings) {
    return std::make_unique<kafka_log>(std::move(settings));
}

}  // namespace esm::events
