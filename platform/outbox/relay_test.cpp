// Outbox and relay on both databases: what was committed is published, in order of its key, whatever the log
// refuses.
#include "platform/outbox/relay.hpp"

#include <gtest/gtest.h>

#include <random>

#include "platform/events/log_support.hpp"
#include "platform/outbox/outbox.hpp"
#include "platform/outbox/sql.hpp"
#include "platform/testing/scratch_database.hpp"

namespace esm::outbox {
namespace {

using namespace std::chrono_literals;
using testing::collect;
using testing::numbered;

constexpr std::string_view count_text = "SELECT count(*) FROM outbox";
constexpr db::statement count_outbox{"test.count_outbox", count_text, count_text};

// A real log whose broker fails in the middle of batches: from some event on, nothing of the batch is
// persisted, or it is and the report is lost.
class failing_log : public events::event_log {
public:
    explicit failing_log(events::event_log& real) : real_(real) {}

    awaitable<std::vector<bool>> publish(std::vector<events::event> batch, std::chrono::milliseconds patience)
        override {
        const auto size = batch.size();
        const bool report_is_lost = random_() % 4 == 0;
        const auto reported = random_() % 3 == 0 ? size : random_() % (size + 1);
        if (!report_is_lost) batch.resize(reported);
        auto persisted = co_await real_.publish(std::move(batch), patience);
        persisted.resize(reported);
        persisted.resize(size, false);
        co_return persisted;
    }
    std::unique_ptr<events::subscription> subscribe(std::string group, std::vector<std::string> topics)
        override {
        return real_.subscribe(std::move(group), std::move(topics));
    }
    std::unique_ptr<events::follower> follow(
        std::vector<std::string> topics, instant_us since, events::follow_handler handle
    ) override {
        return real_.follow(std::move(topics), since, std::move(handle));
    }
    awaitable<bool> is_ready(deadline until) noexcept override { return real_.is_ready(until); }
    void ensure_topics(std::vector<std::string> topics, int partitions) override {
        real_.ensure_topics(std::move(topics), partitions);
    }
    awaitable<bool> publish_raw(
        std::string topic,
        std::string key,
        std::string headers,
        std::string value,
        std::chrono::milliseconds patience
    ) override {
        return real_.publish_raw(
            std::move(topic), std::move(key), std::move(headers), std::move(value), patience
        );
    }

private:
    events::event_log& real_;
    std::minstd_rand random_{7};
};

class relay_contract : public ::testing::TestWithParam<db::dialect> {
protected:
    relay_contract()
        : scratch(runtime.get(), GetParam(), {{"outbox", migrations}}),
          log(events::open_embedded(runtime.get(), folder.file("log.db"))) {}

    void append(const outbox& to, std::vector<events::event> batch, bool commit = true) {
        runtime.get().block_on(scratch.get().transact(
            deadline_in(10s),
            [&](db::transaction& tx) -> awaitable<result<void>> {
                to.append(tx, batch);
                if (!commit) co_return fail(errc::conflict);
                co_return result<void>{};
            }
        ));
    }
    std::int64_t waiting() {
        return runtime.get().block_on(scratch.get().query(deadline_in(5s), count_outbox)).front().integer(0);
    }

    testing::started_runtime runtime;
    testing::temporary_folder folder;
    testing::scratch_database scratch;
    std::unique_ptr<events::event_log> log;
};

INSTANTIATE_TEST_SUITE_P(
    dialects,
    relay_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

TEST_P(relay_contract, prepares_every_statement) {
    EXPECT_NO_THROW(scratch.prepare(sql::all_statements));
}

TEST_P(relay_contract, publishes_what_was_committed_and_nothing_else) {
    relay moving(runtime.get(), scratch.get(), *log, {});
    const outbox box([&] { moving.wake(); });
    moving.start(0);
    const auto reader = log->subscribe("group", {"topic"});
    append(box, {numbered("topic", "1", 1, R"({"rolled":"back"})")}, false);
    const auto sent = numbered("topic", "1", 2, R"({"a":"ž"})");
    append(box, {sent});
    const auto got = runtime.get().block_on(collect(*reader, 2, 3s));
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].value.id, sent.id);
    EXPECT_EQ(got[0].value.data, sent.data);
    EXPECT_EQ(got[0].value.time, sent.time);
    EXPECT_EQ(got[0].value.aggregate_version, 2);
    EXPECT_TRUE(testing::eventually(3s, [&] { return waiting() == 0; }));
    EXPECT_TRUE(moving.stats().owner);
    EXPECT_EQ(moving.stats().published, 1);
    runtime.get().block_on(moving.stop());
}

TEST_P(relay_contract, publishes_at_once_when_idle) {
    relay moving(runtime.get(), scratch.get(), *log, {});
    const outbox box([&] { moving.wake(); });
    moving.start(0);
    ASSERT_TRUE(testing::eventually(5s, [&] { return moving.stats().owner; }));
    const auto reader = log->subscribe("group", {"topic"});
    std::vector<std::int64_t> latencies;
    for (int i = 0; i < 20; ++i) {
        std::this_thread::sleep_for(20ms);
        const auto from = std::chrono::steady_clock::now();
        append(box, {numbered("topic", "1", i)});
        ASSERT_EQ(runtime.get().block_on(reader->poll(10, 5s)).size(), 1U);
        latencies.push_back(
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - from)
                .count()
        );
    }
    std::sort(latencies.begin(), latencies.end());
    RecordProperty("append_to_poll_p50_us", std::to_string(latencies[10]));
    EXPECT_LT(latencies[10], 400'000);  // far below the poll of 500 ms: it was woken
    runtime.get().block_on(moving.stop());
}

TEST_P(relay_contract, loses_nothing_over_a_failing_log_and_keeps_the_order_of_each_key) {
    failing_log failing(*log);
    relay moving(runtime.get(), scratch.get(), failing, {.batch_max = 100});
    const outbox box([&] { moving.wake(); });
    for (int i = 0; i < 20; ++i) {
        std::vector<events::event> batch;
        for (int j = 0; j < 50; ++j)
            batch.push_back(numbered("topic", std::to_string(j % 5), i * 10 + j / 5));
        append(box, std::move(batch));
    }
    moving.start(0);
    ASSERT_TRUE(testing::eventually(60s, [&] { return waiting() == 0; }));
    runtime.get().block_on(moving.stop());
    const auto reader = log->subscribe("group", {"topic"});
    const auto got = runtime.get().block_on(collect(*reader, 100'000, 2s));
    std::map<std::string, std::int64_t> next;
    std::set<std::string> seen;
    for (const auto& each : got) {
        if (!seen.insert(each.value.id).second) continue;
        ASSERT_EQ(each.value.aggregate_version, next[each.value.key]++) << each.value.key;
    }
    EXPECT_EQ(seen.size(), 1000U);
}

TEST_P(relay_contract, publishes_what_is_there_before_it_ends) {
    relay moving(runtime.get(), scratch.get(), *log, {.poll = 60s});
    const outbox silent([] {});
    moving.start(0);
    ASSERT_TRUE(testing::eventually(5s, [&] { return moving.stats().owner; }));
    append(silent, {numbered("topic", "1", 1), numbered("topic", "1", 2)});
    runtime.get().block_on(moving.stop());
    EXPECT_EQ(waiting(), 0);
    EXPECT_FALSE(moving.stats().owner);
}

TEST_P(relay_contract, finds_by_polling_what_nobody_announced) {
    relay moving(runtime.get(), scratch.get(), *log, {.poll = 50ms});
    const outbox silent([] {});
    moving.start(0);
    append(silent, {numbered("topic", "1", 1)});
    EXPECT_TRUE(testing::eventually(5s, [&] { return waiting() == 0; }));
    runtime.get().block_on(moving.stop());
}

}  // namespace
}  // namespace esm::outbox
