// Two relays on one PostgreSQL database: one works, the other takes over when the first one's connection is
// killed. And the rate at which a backlog drains into Kafka, printed, not judged.
#include <gtest/gtest.h>

#include "platform/events/log_support.hpp"
#include "platform/outbox/outbox.hpp"
#include "platform/outbox/relay.hpp"
#include "platform/outbox/sql.hpp"
#include "platform/testing/scratch_database.hpp"

namespace esm::outbox {
namespace {

using namespace std::chrono_literals;
using testing::collect;
using testing::numbered;

constexpr std::string_view kill_text =
    "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted "
    "AND pid <> pg_backend_pid() "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
constexpr db::statement kill_owner{"test.kill_owner", kill_text, kill_text};
constexpr std::string_view count_text = "SELECT count(*) FROM outbox";
constexpr db::statement count_outbox{"test.count_outbox", count_text, count_text};
constexpr std::string_view epoch_text = "SELECT epoch FROM outbox_epoch";
constexpr db::statement select_epoch{"test.select_epoch", epoch_text, epoch_text};
constexpr std::string_view fill_text =
    "INSERT INTO outbox (topic, event_key, attributes, payload, created_at) "
    "SELECT $1, (n % 1000)::text, '{\"id\":\"' || gen_random_uuid() || "
    "'\",\"type\":\"test.counted.v1\",\"time\":1}', "
    "repeat('x', 300), 1 FROM generate_series(1, $2::integer) AS n";
constexpr db::statement fill{"test.fill", fill_text, fill_text};

class relay_lock : public ::testing::Test {
protected:
    std::int64_t number(const db::statement& what) {
        return runtime.get().block_on(scratch.get().query(deadline_in(5s), what)).front().integer(0);
    }

    testing::started_runtime runtime;
    testing::temporary_folder folder;
    testing::scratch_database scratch{runtime.get(), db::dialect::postgres, {{"outbox", migrations}}};
};

TEST_F(relay_lock, passes_to_another_process_when_the_owner_is_cut_off) {
    const auto log = events::open_embedded(runtime.get(), folder.file("log.db"));
    const auto other_database = db::open(runtime.get(), {.url = scratch.url()});
    relay one(runtime.get(), scratch.get(), *log, {.poll = 100ms});
    relay other(runtime.get(), *other_database, *log, {.poll = 100ms});
    one.start(0);
    ASSERT_TRUE(testing::eventually(5s, [&] { return one.stats().owner; }));
    other.start(1);
    const outbox box([&] { one.wake(); });
    std::int64_t version = 0;
    const auto append = [&] {
        runtime.get()
            .block_on(scratch.get().transact(deadline_in(10s), [&](db::transaction& tx) -> awaitable<bool> {
                box.append(tx, numbered("topic", "1", version++));
                co_return true;
            }));
    };
    for (int i = 0; i < 10; ++i) append();
    EXPECT_FALSE(other.stats().owner);
    for (int kills = 1; kills <= 3; ++kills) {
        number(kill_owner);
        for (int i = 0; i < 10; ++i) append();
        ASSERT_TRUE(testing::eventually(15s, [&] { return number(count_outbox) == 0; }));
        EXPECT_GT(number(select_epoch), kills);
        ASSERT_TRUE(testing::eventually(5s, [&] { return one.stats().owner || other.stats().owner; }));
        EXPECT_FALSE(one.stats().owner && other.stats().owner);
    }
    runtime.get().block_on(one.stop());
    runtime.get().block_on(other.stop());

    const auto reader = log->subscribe("group", {"topic"});
    std::set<std::string> seen;
    std::int64_t next = 0;
    for (const auto& each : runtime.get().block_on(collect(*reader, 1000, 2s))) {
        if (seen.insert(each.value.id).second) EXPECT_EQ(each.value.aggregate_version, next++);
    }
    EXPECT_EQ(next, version);
}

TEST_F(relay_lock, drains_a_backlog_into_kafka) {
    constexpr int backlog = 50'000;
    const auto topic = testing::unique_name("relay");
    const auto log = events::open_kafka(runtime.get(), {.brokers = testing::test_brokers()});
    log->ensure_topics({topic}, 4);
    const auto add = [&](int count) {
        runtime.get().block_on(scratch.get().query(deadline_in(30s), fill, topic, count));
    };
    relay moving(runtime.get(), scratch.get(), *log, {});
    moving.start(0);
    add(1);  // connects, makes the topic known
    ASSERT_TRUE(testing::eventually(20s, [&] { return moving.stats().published == 1; }));
    add(backlog);
    const auto from = std::chrono::steady_clock::now();
    moving.wake();
    ASSERT_TRUE(testing::eventually(60s, [&] { return moving.stats().published == backlog + 1; }));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - from;
    runtime.get().block_on(moving.stop());
    EXPECT_EQ(number(count_outbox), 0);
    fmt::print("relay: {:.0f} events/s drained\n", backlog / took.count());
    const auto reader = log->subscribe("group", {topic});
    std::size_t got = 0;
    while (got < backlog + 1) {
        const auto some = runtime.get().block_on(collect(*reader, 1000, 5s));
        ASSERT_FALSE(some.empty()) << got;
        got += some.size();
    }
    EXPECT_EQ(got, static_cast<std::size_t>(backlog + 1));
}

}  // namespace
}  // namespace esm::outbox
