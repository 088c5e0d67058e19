// A group of consumers on Kafka and PostgreSQL whose members come and go while events are published.
#include <gtest/gtest.h>

#include "platform/events/consumer.hpp"
#include "platform/events/log_support.hpp"
#include "platform/events/sql.hpp"
#include "platform/testing/scratch_database.hpp"

namespace esm::events {
namespace {

using namespace std::chrono_literals;
using testing::numbered;

constexpr int keys = 20;
constexpr int rounds = 60;
constexpr int round_size = 100;  // five of each key

constexpr std::array effect_migrations{db::migration{
    1,
    "effects",
    "CREATE TABLE effect (id bigserial PRIMARY KEY, event_key text NOT NULL, version bigint NOT NULL)",
    "CREATE TABLE effect (id INTEGER PRIMARY KEY, event_key text NOT NULL, version bigint NOT NULL)"
}};
constexpr std::string_view insert_text = "INSERT INTO effect (event_key, version) VALUES ($1, $2)";
constexpr db::statement insert_effect{"test.insert_effect", insert_text, insert_text};
constexpr std::string_view select_text = "SELECT event_key, version FROM effect ORDER BY id";
constexpr db::statement select_effects{"test.select_effects", select_text, select_text};

class consumer_group : public ::testing::Test {
protected:
    // A consumer with a log of its own, as each replica has.
    struct member {
        std::unique_ptr<event_log> log;
        std::unique_ptr<consumer> part;
    };

    member join() {
        member made{open_kafka(runtime.get(), {.brokers = testing::test_brokers()}), nullptr};
        made.part = std::make_unique<consumer>(
            runtime.get(),
            *made.log,
            scratch.get(),
            consumer_options{.group = topic + "-group", .topics = {topic}, .batch_max = 50},
            [](db::transaction& tx, const event& cause) -> awaitable<result<void>> {
                tx.exec(insert_effect, cause.key, cause.aggregate_version);
                co_return result<void>{};
            }
        );
        made.part->start(runtime.get().next_shard());
        return made;
    }
    std::int64_t leave(member& one) {
        runtime.get().block_on(one.part->stop());
        return one.part->stats().applied;
    }

    testing::started_runtime runtime;
    const std::string topic = testing::unique_name("group");
    testing::scratch_database scratch{
        runtime.get(), db::dialect::postgres, {{"inbox", migrations}, {"test", effect_migrations}}
    };
};

TEST_F(consumer_group, applies_each_event_once_and_in_order_while_members_come_and_go) {
    const auto log = open_kafka(runtime.get(), {.brokers = testing::test_brokers()});
    log->ensure_topics({topic}, 4);
    auto publishing = std::async(std::launch::async, [&] {
        for (int round = 0; round < rounds; ++round) {
            std::vector<event> batch;
            for (int i = 0; i < round_size; ++i) {
                batch.push_back(
                    numbered(topic, std::to_string(i % keys), round * (round_size / keys) + i / keys)
                );
            }
            for (const bool persisted : runtime.get().block_on(log->publish(batch, 20s)))
                EXPECT_TRUE(persisted);
            std::this_thread::sleep_for(50ms);
        }
    });
    std::int64_t applied = 0;
    auto first = join();
    ASSERT_TRUE(testing::eventually(20s, [&] { return first.part->stats().applied > 0; }));
    auto second = join();
    ASSERT_TRUE(testing::eventually(20s, [&] { return second.part->stats().applied > 0; }));
    applied += leave(first);
    auto third = join();
    publishing.get();
    EXPECT_TRUE(testing::eventually(30s, [&] {
        return applied + second.part->stats().applied + third.part->stats().applied == rounds * round_size;
    }));
    leave(second);
    leave(third);

    std::map<std::string, std::int64_t> next;
    const auto effects = runtime.get().block_on(scratch.get().query(deadline_in(5s), select_effects));
    EXPECT_EQ(effects.size(), static_cast<std::size_t>(rounds * round_size));
    for (const auto& row : effects) ASSERT_EQ(row.integer(1), next[row.text(0)]++) << row.view(0);
}

}  // namespace
}  // namespace esm::events
