// See kafka_reader.hpp.
#include "platform/events/kafka_reader.hpp"

#include <algorithm>
#include <stdexcept>

#include "platform/events/headers.hpp"
#include "platform/observe/log.hpp"

namespace esm::events {

using namespace std::chrono_literals;

namespace {

constexpr auto commit_patience = 2s;
constexpr auto lag_every = 2s;
constexpr int query_timeout_ms = 1000;

void log_failure(std::string_view message, const std::string& why) {
    observe::log(observe::level::warn, message, {{"error", why}});
}

std::vector<RdKafka::TopicPartition*> make_partitions(
    const std::vector<std::pair<std::string, std::int32_t>>& places
) {
    std::vector<RdKafka::TopicPartition*> made;
    for (const auto& [topic, partition] : places)
        made.push_back(RdKafka::TopicPartition::create(topic, partition));
    return made;
}

}  // namespace

delivered to_delivered(RdKafka::Message& message) {
    delivered made;
    made.value.topic = message.topic_name();
    made.partition = message.partition();
    made.offset = message.offset();
    if (message.key_pointer() != nullptr) {
        made.value.key.assign(static_cast<const char*>(message.key_pointer()), message.key_len());
    }
    if (message.payload() != nullptr) {
        made.value.data.assign(static_cast<const char*>(message.payload()), message.len());
    }
    header_list headers;
    if (RdKafka::Headers* found = message.headers()) {
        for (const auto& each : found->get_all()) {
            const auto* bytes = static_cast<const char*>(each.value());
            headers.emplace_back(each.key(), bytes ? std::string(bytes, each.value_size()) : std::string());
        }
    }
    read_headers(headers, made);
    return made;
}

void kafka_reader::rebalancing::rebalance_cb(
    RdKafka::KafkaConsumer* consumer,
    RdKafka::ErrorCode why,
    std::vector<RdKafka::TopicPartition*>& partitions
) {
    owner_.next_.clear();
    owner_.lag_due_ = {};
    if (why == RdKafka::ERR__ASSIGN_PARTITIONS) {
        for (const auto* each : partitions) owner_.next_[{each->topic(), each->partition()}] = -1;
        consumer->assign(partitions);
        return;
    }
    // Another member gets these: it starts from the stored offsets, and duplicates change nothing.
    owner_.given_back_.clear();
    owner_.uncommitted_.clear();
    consumer->unassign();
}

kafka_reader::kafka_reader(
    const kafka_options& settings, const std::string& group, std::vector<std::string> topics
)
    : complaints_("consumer " + group), messages_(nullptr, rd_kafka_queue_destroy) {
    const auto conf = consumer_settings(settings, group);
    std::string why;
    conf->set("event_cb", &complaints_, why);
    conf->set("rebalance_cb", &rebalancing_, why);
    consumer_.reset(RdKafka::KafkaConsumer::create(conf.get(), why));
    if (!consumer_) throw std::invalid_argument("kafka: " + why);
    messages_.reset(rd_kafka_queue_get_consumer(consumer_->c_ptr()));
    const auto failure = consumer_->subscribe(topics);
    if (failure != RdKafka::ERR_NO_ERROR) throw std::invalid_argument("kafka: " + RdKafka::err2str(failure));
    thread_ = std::thread([this] { run(); });
}

kafka_reader::~kafka_reader() {
    leave();
    if (thread_.joinable()) thread_.join();
}

// Yields once, and before the thread may close: librdkafka 2.0's close() breaks off at a yield, and the
// consumer is never destroyed.
void kafka_reader::stop_waiting() {
    if (patient_.exchange(false)) rd_kafka_queue_yield(messages_.get());
}

void kafka_reader::leave() {
    stop_waiting();
    {
        const std::lock_guard lock(mutex_);
        leaving_ = true;
    }
    wanted_.notify_one();
}

void kafka_reader::post(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    wanted_.notify_one();
}

void kafka_reader::run() {
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock lock(mutex_);
            wanted_.wait(lock, [this] { return leaving_ || !jobs_.empty(); });
            if (jobs_.empty()) break;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job();
    }
    consumer_->close();
    messages_.reset();
    consumer_.reset();
    ended_.store(true, std::memory_order_release);
}

awaitable<std::vector<delivered>> kafka_reader::poll(std::size_t max, std::chrono::milliseconds patience) {
    const async::oneshot<std::vector<delivered>> answer;
    post([this, answer, max, patience] { answer.set_value(gather(max, patience)); });
    co_return co_await answer.get();
}

awaitable<void> kafka_reader::commit(const std::vector<delivered>& done) {
    std::map<place, std::int64_t> offsets;
    for (const auto& each : done) {
        auto& next = offsets[{each.value.topic, each.partition}];
        next = std::max(next, each.offset + 1);
    }
    const async::oneshot<bool> stored;
    post([this, stored, offsets = std::move(offsets)] {
        for (const auto& [where, next] : offsets) {
            const auto assigned = next_.find(where);
            if (assigned == next_.end()) continue;  // another member's by now
            assigned->second = next;
            uncommitted_[where] = next;
        }
        if (!uncommitted_.empty()) store_offsets();
        stored.set_value(true);
    });
    co_await stored.get();
}

awaitable<void> kafka_reader::rewind(std::vector<delivered> undone) {
    const async::oneshot<bool> kept;
    post([this, kept, undone = std::move(undone)]() mutable {
        given_back_.insert(
            given_back_.begin(),
            std::make_move_iterator(undone.begin()),
            std::make_move_iterator(undone.end())
        );
        kept.set_value(true);
    });
    co_await kept.get();
}

// Always serves librdkafka at least once, so that a rebalance is noticed also while a batch is given again
// and again.
std::vector<delivered> kafka_reader::gather(std::size_t max, std::chrono::milliseconds patience) {
    if (std::chrono::steady_clock::now() >= lag_due_) refresh_lag();
    std::vector<delivered> found;
    if (!given_back_.empty()) {
        std::vector<delivered> fresh;
        take(fresh, 0ms);  // may revoke, and then empties given_back_
        given_back_.insert(
            given_back_.end(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end())
        );
        while (!given_back_.empty() && found.size() < max) {
            found.push_back(std::move(given_back_.front()));
            given_back_.pop_front();
        }
        if (!found.empty()) return found;
    }
    const auto until = deadline_in(patience);
    while (found.empty() && patient_) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left <= 0ms) break;
        take(found, left);
    }
    while (!found.empty() && found.size() < max && take(found, 0ms)) {
    }
    return found;
}

bool kafka_reader::take(std::vector<delivered>& into, std::chrono::milliseconds patience) {
    const std::unique_ptr<RdKafka::Message> message(consumer_->consume(static_cast<int>(patience.count())));
    if (!message) return false;
    if (message->err() == RdKafka::ERR_NO_ERROR) {
        into.push_back(to_delivered(*message));
        return true;
    }
    if (message->err() != RdKafka::ERR__TIMED_OUT) {
        observe::log(observe::level::debug, "kafka consumer", {{"error", message->errstr()}});
    }
    return false;
}

// Not KafkaConsumer::commitSync: that waits for a broker that is away without end.
void kafka_reader::store_offsets() {
    rd_kafka_t* handle = consumer_->c_ptr();
    const std::unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)>
        offsets(
            rd_kafka_topic_partition_list_new(static_cast<int>(uncommitted_.size())),
            rd_kafka_topic_partition_list_destroy
        );
    for (const auto& [where, next] : uncommitted_) {
        rd_kafka_topic_partition_list_add(offsets.get(), where.first.c_str(), where.second)->offset = next;
    }
    const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> answers(
        rd_kafka_queue_new(handle), rd_kafka_queue_destroy
    );
    auto failure = rd_kafka_commit_queue(handle, offsets.get(), answers.get(), nullptr, nullptr);
    if (failure == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const auto patience_ms = static_cast<int>(std::chrono::milliseconds(commit_patience).count());
        rd_kafka_event_t* answer = rd_kafka_queue_poll(answers.get(), patience_ms);
        failure = answer ? rd_kafka_event_error(answer) : RD_KAFKA_RESP_ERR__TIMED_OUT;
        if (answer) rd_kafka_event_destroy(answer);
    }
    if (failure == RD_KAFKA_RESP_ERR_NO_ERROR)
        uncommitted_.clear();
    else
        log_failure("kafka offsets not stored, will be with the next ones", rd_kafka_err2str(failure));
}

// High watermarks come with every fetch; the broker is asked only for partitions that nothing was fetched
// from yet.
void kafka_reader::refresh_lag() {
    lag_due_ = deadline_in(lag_every);
    std::vector<place> missing;
    for (const auto& [where, next] : next_) {
        if (next < 0) missing.push_back(where);
    }
    if (!missing.empty()) find_committed(missing);
    std::int64_t total = next_.empty() ? -1 : 0;
    for (auto& [where, next] : next_) {
        std::int64_t low = 0;
        std::int64_t high = RdKafka::Topic::OFFSET_INVALID;
        consumer_->get_watermark_offsets(where.first, where.second, &low, &high);
        if (high < 0 &&
            consumer_->query_watermark_offsets(where.first, where.second, &low, &high, query_timeout_ms) !=
                RdKafka::ERR_NO_ERROR) {
            total = -1;
            break;
        }
        total += std::max<std::int64_t>(0, high - std::max(low, next));
    }
    lag_.store(total, std::memory_order_relaxed);
}

void kafka_reader::find_committed(const std::vector<place>& missing) {
    auto partitions = make_partitions(missing);
    if (consumer_->committed(partitions, query_timeout_ms) == RdKafka::ERR_NO_ERROR) {
        for (const auto* each : partitions) {
            next_[{each->topic(), each->partition()}] = std::max<std::int64_t>(0, each->offset());
        }
    }
    RdKafka::TopicPartition::destroy(partitions);
}

}  // namespace esm::events
