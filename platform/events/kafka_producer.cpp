// See kafka_producer.hpp.
#include "platform/events/kafka_producer.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "platform/observe/log.hpp"

namespace esm::events {

using namespace std::chrono_literals;

kafka_producer::instance::instance(const kafka_options& settings) {
    const auto conf = producer_settings(settings);
    std::string why;
    conf->set("dr_cb", &reports, why);
    conf->set("event_cb", &complaints, why);
    producer.reset(RdKafka::Producer::create(conf.get(), why));
    if (!producer) throw std::invalid_argument("kafka: " + why);
}

void kafka_producer::delivery_reports::dr_cb(RdKafka::Message& message) {
    const auto* slot = static_cast<const report*>(message.msg_opaque());
    batch& owner = *slot->owner;
    owner.persisted[slot->index] = message.status() == RdKafka::Message::MSG_STATUS_PERSISTED;
    --owner.outstanding;
}

kafka_producer::kafka_producer(kafka_options settings)
    : settings_(std::move(settings)), current_(std::make_shared<instance>(settings_)) {
    thread_ = std::thread([this] { run(); });
}

kafka_producer::~kafka_producer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_one();
    thread_.join();
}

awaitable<std::vector<bool>> kafka_producer::publish(
    std::vector<kafka_record> records, std::chrono::milliseconds patience
) {
    if (records.empty()) co_return std::vector<bool>{};
    auto made = std::make_unique<batch>();
    made->persisted.resize(records.size(), false);
    made->records = std::move(records);
    made->until = deadline_in(patience);
    const auto answer = made->answer;
    {
        const std::lock_guard lock(mutex_);
        incoming_.push_back(std::move(made));
    }
    arrived_.notify_one();
    co_return co_await answer.get();
}

std::shared_ptr<RdKafka::Producer> kafka_producer::handle() const {
    const std::lock_guard lock(mutex_);
    return {current_, current_->producer.get()};
}

void kafka_producer::run() {
    auto grace_until = deadline::max();
    for (;;) {
        for (auto& each : wait_for_work()) {
            produce(*each);
            open_.push_back(std::move(each));
        }
        current_->producer->poll(open_.empty() ? 0 : 1);
        settle_finished();
        if (!open_.empty() && must_abandon()) abandon();
        if (open_.empty() && current_->complaints.fatal()) recreate();
        const std::lock_guard lock(mutex_);
        if (!stopping_ || !incoming_.empty()) continue;
        grace_until = std::min(grace_until, deadline_in(1s));
        if (open_.empty()) return;
        if (std::chrono::steady_clock::now() >= grace_until) break;
    }
    for (auto& each : open_) each->answer.set_value(each->persisted);
    current_->producer->purge(RdKafka::Producer::PURGE_QUEUE | RdKafka::Producer::PURGE_INFLIGHT);
    current_.reset();  // before the batches that its reports point into
}

// Idle, waits for a batch; with batches outstanding only takes what is there, since their reports must be
// polled.
std::deque<std::unique_ptr<kafka_producer::batch>> kafka_producer::wait_for_work() {
    std::unique_lock lock(mutex_);
    if (open_.empty()) {
        arrived_.wait_for(lock, 500ms, [this] { return stopping_ || !incoming_.empty(); });
    }
    return std::exchange(incoming_, {});
}

// A record that cannot be queued keeps back the later ones of its key; a full queue keeps back all.
void kafka_producer::produce(batch& given) {
    std::set<std::pair<std::string, std::string>> held_back;
    given.reports.resize(given.records.size());
    for (std::size_t i = 0; i < given.records.size(); ++i) {
        kafka_record& record = given.records[i];
        if (!held_back.empty() && held_back.contains({record.value.topic, record.value.key})) continue;
        given.reports[i] = {&given, i};
        const auto failure = produce_one(record, given.reports[i]);
        if (failure == RdKafka::ERR_NO_ERROR) {
            ++given.outstanding;
            continue;
        }
        observe::log(
            observe::level::warn,
            "event not taken by the kafka client",
            {{"topic", record.value.topic}, {"key", record.value.key}, {"error", RdKafka::err2str(failure)}}
        );
        if (failure == RdKafka::ERR__QUEUE_FULL || failure == RdKafka::ERR__FATAL) break;
        held_back.emplace(record.value.topic, record.value.key);
    }
    given.records.clear();
}

RdKafka::ErrorCode kafka_producer::produce_one(kafka_record& record, report& slot) {
    std::unique_ptr<RdKafka::Headers> headers(RdKafka::Headers::create());
    const auto given = record.headers ? std::move(*record.headers) : to_headers(record.value);
    for (const auto& [name, value] : given) headers->add(name, value);
    const auto failure = current_->producer->produce(
        record.value.topic,
        RdKafka::Topic::PARTITION_UA,
        RdKafka::Producer::RK_MSG_COPY,
        record.value.data.data(),
        record.value.data.size(),
        record.value.key.data(),
        record.value.key.size(),
        0,
        headers.get(),
        &slot
    );
    if (failure == RdKafka::ERR_NO_ERROR) headers.release();  // librdkafka owns them now
    return failure;
}

void kafka_producer::settle_finished() {
    std::erase_if(open_, [](const std::unique_ptr<batch>& each) {
        if (each->outstanding > 0) return false;
        each->answer.set_value(std::move(each->persisted));
        return true;
    });
}

bool kafka_producer::must_abandon() const {
    if (current_->complaints.fatal()) return true;
    const auto now = std::chrono::steady_clock::now();
    return std::any_of(open_.begin(), open_.end(), [now](const auto& each) { return each->until <= now; });
}

void kafka_producer::abandon() {
    observe::log(
        observe::level::warn,
        "kafka took no answer in time: unreported events are given back",
        {{"batches", static_cast<std::int64_t>(open_.size())}}
    );
    current_->producer->purge(RdKafka::Producer::PURGE_QUEUE | RdKafka::Producer::PURGE_INFLIGHT);
    const auto until = deadline_in(500ms);
    while (!open_.empty() && std::chrono::steady_clock::now() < until) {
        current_->producer->poll(10);
        settle_finished();
    }
    const auto unreported = std::exchange(open_, {});
    for (const auto& each : unreported) each->answer.set_value(each->persisted);
    recreate();
}

// The old one may close its connections on the thread of whoever held it last; no report of it can come any
// more.
void kafka_producer::recreate() {
    auto fresh = std::make_shared<instance>(settings_);
    const std::lock_guard lock(mutex_);
    std::swap(current_, fresh);
}

}  // namespace esm::events
