// The consumer on both databases: duplicates, poison, and an environment that breaks and heals.
#include "platform/events/consumer.hpp"

#include <gtest/gtest.h>

#include <array>

#include "platform/events/headers.hpp"
#include "platform/events/log_support.hpp"
#include "platform/events/sql.hpp"
#include "platform/testing/scratch_database.hpp"

namespace esm::events {
namespace {

using namespace std::chrono_literals;
using testing::collect;
using testing::numbered;

constexpr std::array effect_migrations{db::migration{
    1,
    "effects",
    "CREATE TABLE effect (id bigserial PRIMARY KEY, event_id text NOT NULL, version bigint UNIQUE)",
    "CREATE TABLE effect (id INTEGER PRIMARY KEY, event_id text NOT NULL, version bigint UNIQUE)"
}};
constexpr std::string_view insert_text = "INSERT INTO effect (event_id, version) VALUES ($1, $2)";
constexpr db::statement insert_effect{"test.insert_effect", insert_text, insert_text};
constexpr std::string_view select_text = "SELECT version FROM effect ORDER BY id";
constexpr db::statement select_effects{"test.select_effects", select_text, select_text};
constexpr std::string_view count_text = "SELECT count(*) FROM inbox";
constexpr db::statement count_inbox{"test.count_inbox", count_text, count_text};

class consumer_contract : public ::testing::TestWithParam<db::dialect> {
protected:
    consumer_contract()
        : scratch(runtime.get(), GetParam(), {{"inbox", events::migrations}, {"test", effect_migrations}}),
          log(open_embedded(runtime.get(), folder.file("log.db"))) {}

    void publish(std::vector<event> batch) {
        for (const bool persisted : runtime.get().block_on(log->publish(std::move(batch), 10s))) {
            ASSERT_TRUE(persisted);
        }
    }
    void publish_numbers(std::int64_t from, std::int64_t to) {
        std::vector<event> batch;
        for (auto i = from; i < to; ++i) batch.push_back(numbered("topic", "1000", i));
        publish(std::move(batch));
    }
    std::unique_ptr<consumer> start(effect apply, burial on_burial = {}) {
        consumer_options options{.group = "group", .topics = {"topic"}, .batch_max = 50};
        options.on_burial = std::move(on_burial);
        auto made = std::make_unique<consumer>(
            runtime.get(), *log, scratch.get(), std::move(options), std::move(apply)
        );
        made->start(1);
        return made;
    }
    void stop(const std::unique_ptr<consumer>& running) { runtime.get().block_on(running->stop()); }

    std::vector<std::int64_t> effects() {
        std::vector<std::int64_t> found;
        for (const auto& row : runtime.get().block_on(scratch.get().query(deadline_in(5s), select_effects))) {
            found.push_back(row.integer(0));
        }
        return found;
    }
    std::int64_t inbox_size() {
        return runtime.get().block_on(scratch.get().query(deadline_in(5s), count_inbox)).front().integer(0);
    }
    std::vector<delivered> letters(std::size_t wanted) {
        const auto reader = log->subscribe("letters-" + random_hex(4), {"dlq.group.topic"});
        return runtime.get().block_on(collect(*reader, wanted + 1, 1s));
    }
    static std::vector<std::int64_t> numbers(std::int64_t from, std::int64_t to) {
        std::vector<std::int64_t> made;
        for (auto i = from; i < to; ++i) made.push_back(i);
        return made;
    }

    testing::started_runtime runtime;
    testing::temporary_folder folder;
    testing::scratch_database scratch;
    std::unique_ptr<event_log> log;
};

INSTANTIATE_TEST_SUITE_P(
    dialects,
    consumer_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

awaitable<result<void>> write_effect(db::transaction& tx, const event& cause) {
    tx.exec(insert_effect, cause.id, cause.aggregate_version);
    co_return result<void>{};
}

TEST_P(consumer_contract, prepares_every_statement) {
    EXPECT_NO_THROW(scratch.prepare(sql::all_statements));
}

TEST_P(consumer_contract, applies_each_event_once_though_it_comes_often) {
    std::vector<event> batch;
    for (int i = 0; i < 120; ++i) batch.push_back(numbered("topic", "1000", i));
    publish(batch);
    publish(batch);
    std::vector<event> twice{batch[3], batch[3], numbered("topic", "1000", 120), batch[4]};
    publish(twice);
    const auto running = start(write_effect);
    EXPECT_TRUE(testing::eventually(10s, [&] { return running->stats().duplicates == 123; }));
    stop(running);
    EXPECT_EQ(effects(), numbers(0, 121));
    EXPECT_EQ(running->stats().applied, 121);
    EXPECT_EQ(running->stats().dead, 0);
}

TEST_P(consumer_contract, goes_on_where_it_stopped) {
    publish_numbers(0, 10);
    auto running = start(write_effect);
    EXPECT_TRUE(testing::eventually(10s, [&] { return running->stats().applied == 10; }));
    stop(running);
    publish_numbers(10, 20);
    running = start(write_effect);
    EXPECT_TRUE(testing::eventually(10s, [&] { return running->stats().applied == 10; }));
    stop(running);
    EXPECT_EQ(running->stats().duplicates, 0);
    EXPECT_EQ(effects(), numbers(0, 20));
}

TEST_P(consumer_contract, loses_nothing_behind_a_poison_event_that_cannot_be_set_aside_at_once) {
    publish_numbers(0, 20);
    std::atomic<int> burials{0};
    const auto running = start(
        [](db::transaction& tx, const event& cause) -> awaitable<result<void>> {
            if (cause.aggregate_version == 7) co_return fail(errc::validation_failed, "seven is refused");
            co_return co_await write_effect(tx, cause);
        },
        [&burials](db::transaction&, const delivered&, const std::string&) {
            if (++burials < 3) throw std::runtime_error("no place for it yet");
        }
    );
    EXPECT_TRUE(testing::eventually(10s, [&] {
        return running->stats().applied == 19 && running->stats().dead == 1;
    }));
    stop(running);
    auto expected = numbers(0, 20);
    std::erase(expected, 7);
    EXPECT_EQ(effects(), expected);
    EXPECT_EQ(burials, 3);
    EXPECT_EQ(letters(1).size(), 1U);
}

TEST_P(consumer_contract, stops_at_once_though_it_waits_for_events) {
    publish_numbers(0, 1);
    const auto running = start(write_effect);
    EXPECT_TRUE(testing::eventually(10s, [&] { return running->stats().applied == 1; }));
    const auto begun = std::chrono::steady_clock::now();
    stop(running);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 200ms);
}

TEST_P(consumer_contract, buries_poison_once_and_goes_on) {
    std::vector<event> batch;
    for (int i = 0; i < 20; ++i) batch.push_back(numbered("topic", "1000", i, R"({"n":1})"));
    batch.push_back(batch[7]);
    publish(batch);
    const auto running = start([](db::transaction& tx, const event& cause) -> awaitable<result<void>> {
        tx.exec(insert_effect, cause.id, cause.aggregate_version);
        if (cause.aggregate_version == 7) co_return fail(errc::validation_failed, "seven is refused");
        co_return result<void>{};
    });
    EXPECT_TRUE(testing::eventually(10s, [&] {
        return running->stats().applied == 19 && running->stats().dead == 1;
    }));
    EXPECT_TRUE(testing::eventually(10s, [&] { return running->stats().duplicates == 1; }));
    stop(running);
    auto expected = numbers(0, 20);
    std::erase(expected, 7);
    EXPECT_EQ(effects(), expected);
    EXPECT_EQ(inbox_size(), 20);

    const auto dead = letters(1);
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(dead[0].value.id, batch[7].id);
    EXPECT_EQ(dead[0].value.key, "1000");
    EXPECT_EQ(dead[0].value.data, R"({"n":1})");
    std::map<std::string, std::string> headers;
    for (auto& [name, value] : decode_headers(dead[0].raw_headers)) headers[name] = value;
    EXPECT_EQ(headers["__dlq.errors.topic"], "topic");
    EXPECT_EQ(headers["__dlq.errors.partition"], "0");
    EXPECT_EQ(headers["__dlq.errors.offset"], "8");
    EXPECT_EQ(headers["__dlq.errors.group"], "group");
    EXPECT_EQ(headers["__dlq.errors.delivery.count"], "1");
    EXPECT_EQ(headers["__dlq.errors.message"], "seven is refused");
    EXPECT_EQ(headers["replay_count"], "0");
}

TEST_P(consumer_contract, buries_what_the_database_refuses) {
    publish_numbers(0, 3);
    publish_numbers(1, 2);  // another event, the same version: breaks the unique constraint
    publish_numbers(3, 5);
    const auto running = start(write_effect);
    EXPECT_TRUE(testing::eventually(10s, [&] { return running->stats().applied == 5; }));
    stop(running);
    EXPECT_EQ(running->stats().dead, 1);
    EXPECT_EQ(letters(1).size(), 1U);
    EXPECT_EQ(effects(), numbers(0, 5));
}

TEST_P(consumer_contract, buries_malformed_events) {
    ASSERT_TRUE(runtime.get().block_on(log->publish_raw("topic", "k", R"({"a":"b"})", "not json", 5s)));
    publish_numbers(0, 2);
    const auto running = start(write_effect);
    EXPECT_TRUE(testing::eventually(10s, [&] { return running->stats().applied == 2; }));
    stop(running);
    const auto dead = letters(1);
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(dead[0].value.data, "not json");
    EXPECT_EQ(effects(), numbers(0, 2));
}

TEST_P(consumer_contract, keeps_its_place_while_the_database_is_away) {
    publish_numbers(0, 30);
    std::atomic<int> failures{0};
    const auto running = start([&](db::transaction& tx, const event& cause) -> awaitable<result<void>> {
        tx.exec(insert_effect, cause.id, cause.aggregate_version);
        if (cause.aggregate_version == 11 && ++failures <= 4) throw db::unavailable("away");
        co_return result<void>{};
    });
    EXPECT_TRUE(testing::eventually(15s, [&] { return running->stats().applied == 30; }));
    stop(running);
    EXPECT_EQ(effects(), numbers(0, 30));
    EXPECT_EQ(running->stats().dead, 0);
    EXPECT_EQ(failures, 5);
}

TEST_P(consumer_contract, buries_what_fails_three_times_for_no_known_reason) {
    publish_numbers(0, 5);
    std::atomic<int> failures{0};
    const auto running = start([&](db::transaction& tx, const event& cause) -> awaitable<result<void>> {
        tx.exec(insert_effect, cause.id, cause.aggregate_version);
        if (cause.aggregate_version == 2) {
            ++failures;
            throw std::runtime_error("a mistake");
        }
        co_return result<void>{};
    });
    EXPECT_TRUE(testing::eventually(15s, [&] { return running->stats().applied == 4; }));
    stop(running);
    EXPECT_EQ(running->stats().dead, 1);
    EXPECT_EQ(effects(), (std::vector<std::int64_t>{0, 1, 3, 4}));
    const auto dead = letters(1);
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_NE(dead[0].raw_headers.find(R"("__dlq.errors.delivery.count":"3")"), std::string::npos);
}

TEST_P(consumer_contract, trims_its_inbox) {
    publish_numbers(0, 5);
    const auto running = start(write_effect);
    EXPECT_TRUE(testing::eventually(10s, [&] { return running->stats().applied == 5; }));
    stop(running);
    auto& database = scratch.get();
    const auto trim = [&](instant_us before) {
        return runtime.get()
            .block_on(database.query(deadline_in(5s), sql::delete_old_inbox, before))
            .affected();
    };
    EXPECT_EQ(trim(now_us() - 60'000'000), 0);
    EXPECT_EQ(trim(now_us() + 60'000'000), 5);
}

}  // namespace
}  // namespace esm::events
