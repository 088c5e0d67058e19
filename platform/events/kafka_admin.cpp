// See kafka_admin.hpp.
#include "platform/events/kafka_admin.hpp"

#include <algorithm>
#include <array>

#include "platform/observe/log.hpp"

namespace esm::events {

using namespace std::chrono_literals;

namespace {

constexpr auto create_timeout = 5s;
constexpr std::chrono::milliseconds backoff_max = 5s;

int left_ms(deadline until) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 5000));
}

}  // namespace

kafka_admin::kafka_admin(const kafka_producer& source) : source_(source) {
    thread_ = std::thread([this] { run(); });
}

kafka_admin::~kafka_admin() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wanted_.notify_one();
    thread_.join();
}

void kafka_admin::ensure_topics(std::vector<std::string> topics, int partitions) {
    {
        const std::lock_guard lock(mutex_);
        for (auto& each : topics) missing_.push_back({std::move(each), partitions});
    }
    wanted_.notify_one();
}

awaitable<bool> kafka_admin::is_ready(deadline until) {
    const question asked{until, {}};
    {
        const std::lock_guard lock(mutex_);
        questions_.push_back(asked);
    }
    wanted_.notify_one();
    co_return co_await asked.answer.get();
}

void kafka_admin::run() {
    for (;;) {
        std::deque<question> questions;
        {
            std::unique_lock lock(mutex_);
            const auto has_work = [this] { return stopping_ || !questions_.empty(); };
            const bool creates = creating_ || !missing_.empty();
            if (creates)
                wanted_.wait_for(lock, 20ms, has_work);
            else
                wanted_.wait(lock, [&] { return has_work() || !missing_.empty(); });
            questions.swap(questions_);
            if (stopping_) {
                for (auto& each : questions) each.answer.set_value(false);
                break;
            }
        }
        if (!questions.empty()) answer_questions(std::move(questions));
        if (creating_)
            take_creation_answer();
        else
            ask_to_create();
    }
    if (creating_) rd_kafka_queue_destroy(creating_->answers);
}

// One answer serves all who asked meanwhile.
void kafka_admin::answer_questions(std::deque<question> questions) {
    const auto latest = std::max_element(
        questions.begin(), questions.end(), [](const auto& a, const auto& b) { return a.until < b.until; }
    );
    const auto handle = source_.handle();
    RdKafka::Metadata* found = nullptr;
    const auto failure = handle->metadata(false, nullptr, &found, left_ms(latest->until));
    delete found;
    for (auto& each : questions) each.answer.set_value(failure == RdKafka::ERR_NO_ERROR);
}

void kafka_admin::ask_to_create() {
    creation next{nullptr, nullptr, {}};
    {
        const std::lock_guard lock(mutex_);
        if (missing_.empty() || std::chrono::steady_clock::now() < create_again_at_) return;
        next.topics = std::exchange(missing_, {});
    }
    next.handle = source_.handle();
    rd_kafka_t* handle = next.handle->c_ptr();
    next.answers = rd_kafka_queue_new(handle);
    std::array<char, 512> why{};
    std::vector<rd_kafka_NewTopic_t*> topics;
    for (const auto& each : next.topics) {
        constexpr int broker_default = -1;
        auto* topic =
            rd_kafka_NewTopic_new(each.name.c_str(), each.partitions, broker_default, why.data(), why.size());
        if (topic)
            topics.push_back(topic);
        else
            observe::log(observe::level::error, "bad topic", {{"topic", each.name}, {"error", why.data()}});
    }
    auto* options = rd_kafka_AdminOptions_new(handle, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    const auto timeout_ms = static_cast<int>(std::chrono::milliseconds(create_timeout).count());
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, why.data(), why.size());
    rd_kafka_CreateTopics(handle, topics.data(), topics.size(), options, next.answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy_array(topics.data(), topics.size());
    creating_ = std::move(next);
}

void kafka_admin::take_creation_answer() {
    rd_kafka_event_t* answer = rd_kafka_queue_poll(creating_->answers, 0);
    if (!answer) return;
    read_creation_answer(answer);
    rd_kafka_event_destroy(answer);
    rd_kafka_queue_destroy(creating_->answers);
    creating_.reset();
}

void kafka_admin::read_creation_answer(rd_kafka_event_t* answer) {
    const auto* result = rd_kafka_event_CreateTopics_result(answer);
    if (rd_kafka_event_error(answer) != RD_KAFKA_RESP_ERR_NO_ERROR || !result) {
        const std::lock_guard lock(mutex_);
        missing_.insert(missing_.end(), creating_->topics.begin(), creating_->topics.end());
        try_again_later(rd_kafka_event_error_string(answer));
        return;
    }
    std::size_t count = 0;
    const auto* const* topics = rd_kafka_CreateTopics_result_topics(result, &count);
    for (std::size_t i = 0; i < count; ++i) {
        const auto failure = rd_kafka_topic_result_error(topics[i]);
        const std::string name = rd_kafka_topic_result_name(topics[i]);
        if (failure == RD_KAFKA_RESP_ERR_NO_ERROR || failure == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            backoff_ = 100ms;
            continue;
        }
        const auto wanted =
            std::find_if(creating_->topics.begin(), creating_->topics.end(), [&](const auto& each) {
                return each.name == name;
            });
        const std::lock_guard lock(mutex_);
        if (wanted != creating_->topics.end()) missing_.push_back(*wanted);
        try_again_later(name + ": " + rd_kafka_err2str(failure));
    }
}

void kafka_admin::try_again_later(const std::string& why) {
    if (!told_) observe::log(observe::level::warn, "topics not created yet", {{"error", why}});
    told_ = true;
    create_again_at_ = deadline_in(backoff_);
    backoff_ = std::min(backoff_ * 2, backoff_max);
}

}  // namespace esm::events
