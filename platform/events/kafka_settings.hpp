// librdkafka's configuration for our producer and consumers, and the callback that turns its complaints into
// log lines.
#pragma once

#include <librdkafka/rdkafkacpp.h>

#include <chrono>
#include <memory>
#include <string>

#include "platform/events/event_log.hpp"

namespace esm::events {

// Logs errors at most once in ten seconds a handle: a broker that is away is reported many times a second.
// Called on the thread that polls the handle.
class kafka_complaints : public RdKafka::EventCb {
public:
    explicit kafka_complaints(std::string who) : who_(std::move(who)) {}
    void event_cb(RdKafka::Event& what) override;
    // A fatal error was reported: the handle is of no further use.
    bool fatal() const { return fatal_; }

private:
    std::string who_;
    bool fatal_{false};
    std::chrono::steady_clock::time_point silent_until_;
};

// Both throw std::invalid_argument when librdkafka refuses a setting.
std::unique_ptr<RdKafka::Conf> producer_settings(const kafka_options& given);
std::unique_ptr<RdKafka::Conf> consumer_settings(const kafka_options& given, const std::string& group);

}  // namespace esm::events
