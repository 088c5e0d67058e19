// Kafka killed with -9 while it is published to: nothing acknowledged is lost, and a key's events keep their
// order.
#include <gtest/gtest.h>

#include "platform/events/kafka_part.hpp"

namespace esm::events {
namespace {

using namespace std::chrono_literals;
using testing::collect;
using testing::numbered;

constexpr int port = 23200;

// Publishes as the relay does: what was not persisted goes again before anything newer.
awaitable<int> publish_all(event_log& log, std::string topic, int batches, std::atomic<int>& sent) {
    int repeated = 0;
    for (int batch = 0; batch < batches; ++batch) {
        std::vector<event> open;
        for (int i = 0; i < 200; ++i)
            open.push_back(numbered(topic, std::to_string(i % 8), batch * 25 + i / 8));
        while (!open.empty()) {
            const auto persisted = co_await log.publish(open, 2s);
            std::vector<event> rest;
            for (std::size_t i = 0; i < open.size(); ++i) {
                if (!persisted[i]) rest.push_back(std::move(open[i]));
            }
            if (!rest.empty()) ++repeated;
            open = std::move(rest);
        }
        ++sent;
    }
    co_return repeated;
}

TEST(kafka_outage, loses_nothing_and_keeps_the_order_of_each_key) {
    testing::started_runtime runtime;
    testing::kafka_part broker(port);
    const auto log = open_kafka(runtime.get(), {.brokers = broker.brokers()});
    log->ensure_topics({"outage"}, 4);
    std::atomic<int> sent{0};
    auto publishing = std::async(std::launch::async, [&] {
        return runtime.get().block_on(publish_all(*log, "outage", 300, sent));
    });
    ASSERT_TRUE(testing::eventually(20s, [&] { return sent > 20; }));
    broker.kill();
    EXPECT_FALSE(runtime.get().block_on(log->is_ready(deadline_in(1s))));

    const auto asked_at = std::chrono::steady_clock::now();
    const auto answer = runtime.get().block_on(log->publish({numbered("outage", "away", 1)}, 1s));
    EXPECT_EQ(answer, std::vector<bool>{false});
    EXPECT_LT(std::chrono::steady_clock::now() - asked_at, 3s);

    broker.start();
    EXPECT_GT(publishing.get(), 0);
    EXPECT_TRUE(runtime.get().block_on(log->is_ready(deadline_in(10s))));
    const auto reader = log->subscribe("outage-group", {"outage"});
    std::map<std::string, std::int64_t> next;
    std::set<std::string> seen;
    std::size_t in_order = 0;
    while (in_order < 300 * 200) {
        const auto got = runtime.get().block_on(collect(*reader, 1000, 3s));
        ASSERT_FALSE(got.empty()) << in_order << " events came";
        for (const auto& each : got) {
            if (each.value.key == "away" || !seen.insert(each.value.id).second) continue;
            ASSERT_EQ(each.value.aggregate_version, next[each.value.key]++) << each.value.key;
            ++in_order;
        }
    }
}

TEST(kafka_log, refuses_unknown_settings) {
    testing::started_runtime runtime;
    const auto open = [&] {
        open_kafka(runtime.get(), {.brokers = "127.0.0.1:1", .librdkafka = {{"no.such.setting", "1"}}});
    };
    EXPECT_THROW(open(), std::invalid_argument);
}

TEST(kafka_log, ends_soon_while_no_broker_answers) {
    testing::started_runtime runtime;
    auto log = open_kafka(runtime.get(), {.brokers = "127.0.0.1:23299"});
    log->ensure_topics({"nowhere"}, 1);
    auto reader = log->subscribe("group", {"nowhere"});
    EXPECT_TRUE(runtime.get().block_on(reader->poll(1, 300ms)).empty());
    EXPECT_EQ(
        runtime.get().block_on(log->publish({numbered("nowhere", "1", 1)}, 300ms)), std::vector<bool>{false}
    );
    const auto asked_at = std::chrono::steady_clock::now();
    reader.reset();
    log.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - asked_at, 8s);
}

}  // namespace
}  // namespace esm::events
