// How many dead letters there are, for operators: counted every quarter of a minute, whoever asks meanwhile.
// Made once a service.
#pragma once

#include <atomic>
#include <memory>

#include "platform/db/database.hpp"
#include "platform/db/housekeeping.hpp"
#include "platform/observe/metrics.hpp"

namespace esm::notifications::dead_letters {

class gauge {
public:
    gauge(async::runtime& runtime, db::database& database, observe::metrics& metrics);

    void start() { rounds_.start(); }
    awaitable<void> stop() { return rounds_.stop(); }

private:
    struct counted {
        std::atomic<std::int64_t> notifications{0}, events{0};
    };
    awaitable<void> count();

    db::database& database_;
    const std::shared_ptr<counted> counted_;  // the metrics may outlive the service
    db::housekeeping rounds_;
};

}  // namespace esm::notifications::dead_letters
