// The contract suite of the event log, on both drivers.
#include <gtest/gtest.h>

#include "platform/db/database.hpp"
#include "platform/events/embedded/sql.hpp"
#include "platform/events/headers.hpp"
#include "platform/events/log_support.hpp"

namespace esm::events {
namespace {

using namespace std::chrono_literals;
using testing::collect;
using testing::numbered;

enum class driver : std::uint8_t { kafka, embedded };

class event_log_contract : public ::testing::TestWithParam<driver> {
protected:
    event_log_contract() : topic(testing::unique_name("log-test")), group(testing::unique_name("group")) {
        if (GetParam() == driver::kafka)
            log = open_kafka(runtime.get(), {.brokers = testing::test_brokers()});
        else
            log = open_embedded(runtime.get(), folder.file("log.db"));
    }

    std::vector<bool> publish(std::vector<event> batch) {
        return runtime.get().block_on(log->publish(std::move(batch), 20s));
    }
    void publish_numbers(std::int64_t from, std::int64_t to, const std::string& key = "1000") {
        std::vector<event> batch;
        for (auto i = from; i < to; ++i) batch.push_back(numbered(topic, key, i));
        const auto persisted = publish(std::move(batch));
        ASSERT_EQ(std::count(persisted.begin(), persisted.end(), true), to - from);
    }
    std::vector<delivered> take(
        subscription& from, std::size_t wanted, std::chrono::milliseconds patience = 20s
    ) {
        return runtime.get().block_on(collect(from, wanted, patience));
    }
    static std::vector<std::int64_t> versions(const std::vector<delivered>& given) {
        std::vector<std::int64_t> found;
        for (const auto& each : given) found.push_back(each.value.aggregate_version);
        return found;
    }

    testing::started_runtime runtime;
    testing::temporary_folder folder;
    std::unique_ptr<event_log> log;
    const std::string topic, group;
};

INSTANTIATE_TEST_SUITE_P(
    drivers,
    event_log_contract,
    ::testing::Values(driver::kafka, driver::embedded),
    [](const auto& info) { return info.param == driver::kafka ? "kafka" : "embedded"; }
);

TEST_P(event_log_contract, gives_events_as_they_were_in_order_of_their_key) {
    log->ensure_topics({topic}, 4);
    std::map<std::string, std::vector<std::string>> sent;
    for (int round = 0; round < 3; ++round) {
        std::vector<event> batch;
        for (int i = 0; i < 200; ++i) {
            const auto key = std::to_string(i % 10);
            auto& ids = sent[key];
            batch.push_back(
                numbered(topic, key, static_cast<std::int64_t>(ids.size()), R"({"text":"ž\u0000"})")
            );
            ids.push_back(batch.back().id);
        }
        for (const bool persisted : publish(std::move(batch))) EXPECT_TRUE(persisted);
    }
    const auto reader = log->subscribe(group, {topic});
    const auto got = take(*reader, 600);
    ASSERT_EQ(got.size(), 600U);
    std::map<std::string, std::vector<std::string>> received;
    for (const auto& each : got) {
        ASSERT_TRUE(each.well_formed) << each.malformed_why;
        EXPECT_EQ(each.value.topic, topic);
        EXPECT_EQ(each.value.type, "test.counted.v1");
        EXPECT_EQ(each.value.data, R"({"text":"ž\u0000"})");
        received[each.value.key].push_back(each.value.id);
    }
    EXPECT_EQ(sent, received);
}

TEST_P(event_log_contract, gives_every_group_all_events) {
    publish_numbers(0, 50);
    const auto one = log->subscribe(group, {topic});
    const auto other = log->subscribe(group + "-2", {topic});
    EXPECT_EQ(take(*one, 50).size(), 50U);
    EXPECT_EQ(take(*other, 50).size(), 50U);
}

TEST_P(event_log_contract, gives_again_what_was_not_committed) {
    log->ensure_topics({topic}, 1);
    publish_numbers(0, 20);
    auto reader = log->subscribe(group, {topic});
    auto got = take(*reader, 20);
    ASSERT_EQ(got.size(), 20U);
    got.resize(10);
    runtime.get().block_on(reader->commit(got));
    reader.reset();
    reader = log->subscribe(group, {topic});
    const auto rest = versions(take(*reader, 10));
    EXPECT_EQ(rest, (std::vector<std::int64_t>{10, 11, 12, 13, 14, 15, 16, 17, 18, 19}));
}

TEST_P(event_log_contract, rewinds) {
    log->ensure_topics({topic}, 1);
    publish_numbers(0, 10);
    const auto reader = log->subscribe(group, {topic});
    auto got = take(*reader, 10);
    ASSERT_EQ(got.size(), 10U);
    const std::vector<delivered> undone(got.begin() + 4, got.end());
    runtime.get().block_on(reader->rewind(undone));
    publish_numbers(10, 12);
    EXPECT_EQ(versions(take(*reader, 8)), (std::vector<std::int64_t>{4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST_P(event_log_contract, finds_a_topic_that_appears_after_the_subscription) {
    const auto reader = log->subscribe(group, {topic});
    EXPECT_TRUE(take(*reader, 1, 300ms).empty());
    publish_numbers(0, 3);
    EXPECT_EQ(take(*reader, 3, 15s).size(), 3U);
}

TEST_P(event_log_contract, wakes_a_waiting_subscription) {
    publish_numbers(0, 1);
    const auto reader = log->subscribe(group, {topic});
    ASSERT_EQ(take(*reader, 1).size(), 1U);
    auto waiting = std::async(std::launch::async, [&] {
        const auto got = runtime.get().block_on(reader->poll(10, 10s));
        return std::pair(got.size(), std::chrono::steady_clock::now());
    });
    std::this_thread::sleep_for(200ms);
    const auto sent_at = std::chrono::steady_clock::now();
    publish_numbers(1, 2);
    const auto [count, received_at] = waiting.get();
    EXPECT_EQ(count, 1U);
    EXPECT_LT(received_at - sent_at, 5s);
    RecordProperty(
        "latency_us",
        std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(received_at - sent_at).count())
    );
}

TEST_P(event_log_contract, waits_no_longer_once_told_so) {
    publish_numbers(0, 1);
    const auto reader = log->subscribe(group, {topic});
    ASSERT_EQ(take(*reader, 1).size(), 1U);
    auto waiting =
        std::async(std::launch::async, [&] { return runtime.get().block_on(reader->poll(10, 10s)).size(); });
    std::this_thread::sleep_for(200ms);
    const auto told_at = std::chrono::steady_clock::now();
    runtime.get().block_on([](subscription& told) -> awaitable<void> {
        told.stop_waiting();
        co_return;
    }(*reader));
    EXPECT_EQ(waiting.get(), 0U);
    EXPECT_EQ(runtime.get().block_on(reader->poll(10, 10s)).size(), 0U);
    EXPECT_LT(std::chrono::steady_clock::now() - told_at, 1s);
}

TEST_P(event_log_contract, carries_raw_headers_and_names_what_is_malformed) {
    // Kafka takes any bytes; the embedded log, whose events all come from text columns, takes text.
    const std::string value = GetParam() == driver::kafka ? std::string("\0\xff not json", 11) : "not json";
    ASSERT_TRUE(runtime.get().block_on(
        log->publish_raw(topic, "k", R"({"replay_count":"2","x":"y","ce_type":"t"})", value, 20s)
    ));
    const auto reader = log->subscribe(group, {topic});
    const auto got = take(*reader, 1);
    ASSERT_EQ(got.size(), 1U);
    EXPECT_FALSE(got[0].well_formed);
    EXPECT_EQ(got[0].malformed_why, "ce_id is missing");
    EXPECT_EQ(got[0].value.key, "k");
    const header_list expected{{"replay_count", "2"}, {"x", "y"}, {"ce_type", "t"}};
    EXPECT_EQ(decode_headers(got[0].raw_headers), expected);
    EXPECT_EQ(got[0].value.data, value);
}

TEST_P(event_log_contract, knows_its_lag) {
    log->ensure_topics({topic}, 2);
    publish_numbers(0, 30);
    const auto reader = log->subscribe(group, {topic});
    auto got = take(*reader, 30);
    ASSERT_EQ(got.size(), 30U);
    got.resize(20);
    runtime.get().block_on(reader->commit(got));
    EXPECT_TRUE(testing::eventually(10s, [&] {
        take(*reader, 1, 100ms);
        return reader->lag() == 10;
    })) << reader->lag();
}

TEST_P(event_log_contract, is_ready) {
    EXPECT_TRUE(runtime.get().block_on(log->is_ready(deadline_in(10s))));
}

TEST_P(event_log_contract, splits_a_group_between_its_members) {
    log->ensure_topics({topic}, 4);
    publish_numbers(0, 1);
    auto one = log->subscribe(group, {topic});
    auto got = take(*one, 1);
    ASSERT_EQ(got.size(), 1U);
    runtime.get().block_on(one->commit(got));
    const auto other = log->subscribe(group, {topic});
    take(*other, 1, 1s);
    one.reset();
    publish_numbers(1, 21);
    std::set<std::int64_t> seen;
    for (const auto version : versions(take(*other, 20))) seen.insert(version);
    EXPECT_EQ(seen.size(), 20U);
}

TEST(embedded_log, deletes_only_what_is_old_and_read) {
    testing::started_runtime runtime;
    testing::temporary_folder folder;
    const auto path = folder.file("log.db");
    const auto log = open_embedded(runtime.get(), path);
    auto& on = runtime.get();
    for (const auto* topic : {"read", "unread", "nobody"}) {
        on.block_on(log->publish({numbered(topic, "1", 1), numbered(topic, "1", 2)}, 5s));
    }
    const auto reader = log->subscribe("group", {"read", "unread"});
    auto got = on.block_on(collect(*reader, 4, 5s));
    ASSERT_EQ(got.size(), 4U);
    std::erase_if(got, [](const delivered& each) {
        return each.value.topic == "unread" && each.value.aggregate_version == 2;
    });
    on.block_on(reader->commit(got));
    const auto file = db::open(on, {.url = "sqlite:" + path});
    const auto until = deadline_in(10s);
    EXPECT_EQ(
        on.block_on(file->query(until, embedded::sql::delete_old, now_us() - 60'000'000)).affected(), 0
    );
    EXPECT_EQ(
        on.block_on(file->query(until, embedded::sql::delete_old, now_us() + 60'000'000)).affected(), 5
    );
}

}  // namespace
}  // namespace esm::events
