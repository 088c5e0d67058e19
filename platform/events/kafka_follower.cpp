// See kafka_follower.hpp.
#include "platform/events/kafka_follower.hpp"

#include <stdexcept>

#include "platform/events/kafka_reader.hpp"
#include "platform/observe/log.hpp"

namespace esm::events {

namespace {

using namespace std::chrono_literals;

constexpr auto look_again_first = 100ms;
constexpr auto look_again_every = 30s;
constexpr int query_timeout_ms = 2000;
// The longest wait inside librdkafka: what the destructor may cost.
constexpr int slice_ms = 100;
constexpr int burst_max = 1000;

using partition_list = std::vector<RdKafka::TopicPartition*>;

struct owned_list {
    partition_list parts;
    ~owned_list() { RdKafka::TopicPartition::destroy(parts); }
};

}  // namespace

kafka_follower::kafka_follower(
    const kafka_options& settings, std::vector<std::string> topics, instant_us since, follow_handler handle
)
    : topics_(std::move(topics)), since_(since), handle_(std::move(handle)) {
    // librdkafka wants a name; without subscribe or commit no group comes to be.
    const auto conf = consumer_settings(settings, "esm-follower");
    std::string why;
    conf->set("event_cb", &complaints_, why);
    consumer_.reset(RdKafka::KafkaConsumer::create(conf.get(), why));
    if (!consumer_) throw std::invalid_argument("kafka: " + why);
    thread_ = std::thread([this] { run(); });
}

kafka_follower::~kafka_follower() {
    leaving_ = true;
    thread_.join();
}

void kafka_follower::run() {
    deadline look_at{};
    while (!leaving_) {
        if (std::chrono::steady_clock::now() >= look_at) {
            const bool complete = find_partitions();
            look_at = deadline_in(complete ? std::chrono::milliseconds(look_again_every) : look_again_first);
        }
        if (next_.empty()) {
            consumer_->poll(slice_ms);
            std::this_thread::sleep_for(std::chrono::milliseconds(slice_ms) / 2);
        } else {
            consume_some();
        }
    }
    consumer_->close();
    consumer_.reset();
}

bool kafka_follower::find_partitions() {
    RdKafka::Metadata* found = nullptr;
    if (consumer_->metadata(true, nullptr, &found, query_timeout_ms) != RdKafka::ERR_NO_ERROR) return false;
    const std::unique_ptr<RdKafka::Metadata> held(found);
    std::vector<place> fresh;
    std::size_t topics_there = 0;
    for (const auto* topic : *held->topics()) {
        const bool ours = std::find(topics_.begin(), topics_.end(), topic->topic()) != topics_.end();
        if (!ours || topic->err() != RdKafka::ERR_NO_ERROR || topic->partitions()->empty()) continue;
        ++topics_there;
        for (const auto* partition : *topic->partitions()) {
            const place where{topic->topic(), partition->id()};
            if (!next_.contains(where)) fresh.push_back(where);
        }
    }
    if (!fresh.empty() && !start_at(fresh)) return false;
    see_whether_caught_up();
    return topics_there == topics_.size();
}

// The first event at or after the instant; the end where there is none.
bool kafka_follower::start_at(const std::vector<place>& fresh) {
    owned_list wanted;
    for (const auto& [topic, partition] : fresh) {
        auto* each = RdKafka::TopicPartition::create(topic, partition);
        each->set_offset(since_ / 1000);
        wanted.parts.push_back(each);
    }
    if (consumer_->offsetsForTimes(wanted.parts, query_timeout_ms) != RdKafka::ERR_NO_ERROR) return false;
    std::map<place, std::int64_t> starts, ends;
    for (const auto* each : wanted.parts) {
        std::int64_t low = 0;
        std::int64_t high = 0;
        const auto failure = consumer_->query_watermark_offsets(
            each->topic(), each->partition(), &low, &high, query_timeout_ms
        );
        if (failure != RdKafka::ERR_NO_ERROR || each->err() != RdKafka::ERR_NO_ERROR) return false;
        const place where{each->topic(), each->partition()};
        starts[where] = each->offset() >= 0 ? each->offset() : high;
        ends[where] = high;
    }
    next_.merge(starts);
    ends_.merge(ends);
    owned_list all;
    for (const auto& [where, offset] : next_) {
        all.parts.push_back(RdKafka::TopicPartition::create(where.first, where.second, offset));
    }
    return consumer_->assign(all.parts) == RdKafka::ERR_NO_ERROR;
}

void kafka_follower::consume_some() {
    for (int i = 0; i < burst_max; ++i) {
        const std::unique_ptr<RdKafka::Message> message(consumer_->consume(i == 0 ? slice_ms : 0));
        if (!message || message->err() != RdKafka::ERR_NO_ERROR) break;
        const auto received = to_delivered(*message);
        handle_(received);
        next_[{received.value.topic, received.partition}] = received.offset + 1;
    }
    see_whether_caught_up();
}

void kafka_follower::see_whether_caught_up() {
    if (caught_up_ || ends_.empty()) return;
    const bool behind = std::any_of(ends_.begin(), ends_.end(), [this](const auto& each) {
        return next_.at(each.first) < each.second;
    });
    if (!behind) caught_up_.store(true, std::memory_order_release);
}

}  // namespace esm::events
