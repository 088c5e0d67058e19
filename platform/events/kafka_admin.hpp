// Asks the cluster what needs no order: whether a broker answers, and to create topics. One thread of its
// own, since librdkafka's metadata call blocks.
#pragma once

#include <librdkafka/rdkafka.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "platform/events/kafka_producer.hpp"

namespace esm::events {

class kafka_admin {
public:
    // `source` lends its connections and must outlive this.
    explicit kafka_admin(const kafka_producer& source);
    ~kafka_admin();

    kafka_admin(const kafka_admin&) = delete;
    kafka_admin& operator=(const kafka_admin&) = delete;

    // Creates the topics that do not exist; tries again until it is done.
    void ensure_topics(std::vector<std::string> topics, int partitions);
    awaitable<bool> is_ready(deadline until);

private:
    struct question {
        deadline until;
        async::oneshot<bool> answer;
    };
    struct wanted_topic {
        std::string name;
        int partitions;
    };
    // A request to create topics that is on its way.
    struct creation {
        std::shared_ptr<RdKafka::Producer> handle;
        rd_kafka_queue_t* answers;
        std::vector<wanted_topic> topics;
    };

    void run();
    void answer_questions(std::deque<question> questions);
    void ask_to_create();
    void take_creation_answer();
    void read_creation_answer(rd_kafka_event_t* answer);
    void try_again_later(const std::string& why);

    const kafka_producer& source_;
    std::mutex mutex_;
    std::condition_variable wanted_;
    std::deque<question> questions_;
    std::vector<wanted_topic> missing_;
    bool stopping_{false};

    // The thread's own.
    std::optional<creation> creating_;
    deadline create_again_at_{};
    std::chrono::milliseconds backoff_{100};
    bool told_{false};
    std::thread thread_;
};

}  // namespace esm::events
