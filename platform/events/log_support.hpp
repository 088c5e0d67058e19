// For the tests of the event log and of what stands on it: a log of either driver, and reading from it.
#pragma once

#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "platform/events/event_log.hpp"
#include "platform/testing/support.hpp"

namespace esm::testing {

inline std::string test_brokers() {
    const char* brokers = std::getenv("ESM_TEST_KAFKA_BROKERS");
    if (brokers == nullptr) throw std::runtime_error("ESM_TEST_KAFKA_BROKERS is not set: ./test sets it");
    return brokers;
}

// Polls until `wanted` events came or `patience` passed; commits nothing.
inline awaitable<std::vector<events::delivered>> collect(
    events::subscription& from, std::size_t wanted, std::chrono::milliseconds patience
) {
    std::vector<events::delivered> all;
    const auto until = deadline_in(patience);
    while (all.size() < wanted && std::chrono::steady_clock::now() < until) {
        auto some = co_await from.poll(wanted - all.size(), std::chrono::milliseconds(200));
        for (auto& each : some) all.push_back(std::move(each));
    }
    co_return all;
}

inline events::event numbered(
    const std::string& topic, const std::string& key, std::int64_t version, std::string data = "{}"
) {
    return events::make_event(topic, "test.counted.v1", "/test", key, version, std::move(data), {});
}

}  // namespace esm::testing
