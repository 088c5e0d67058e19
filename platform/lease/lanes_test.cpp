// How lanes take turns, and what the limits of queues say, on both databases.
#include <map>

#include "platform/lease/lease_fixture.hpp"
#include "platform/lease/queues.hpp"

namespace esm::lease {
namespace {

class lanes_contract : public leases {};

INSTANTIATE_TEST_SUITE_P(
    dialects,
    lanes_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

TEST_P(lanes_contract, lets_the_lanes_take_turns) {
    std::vector<work> items;
    for (int i = 0; i < 100; ++i) items.push_back({.id = i, .pool = "default", .tenant = 1});
    for (int i = 100; i < 103; ++i) items.push_back({.id = i, .pool = "default", .tenant = 2});
    items.push_back({.id = 200, .pool = "default", .queue = "other", .tenant = 3});
    put(std::move(items));
    EXPECT_EQ(lanes().size(), 3U);
    std::map<std::int64_t, int> seen;
    for (const auto& each : take(9)) ++seen[each.tenant];
    EXPECT_EQ(seen, (std::map<std::int64_t, int>{{1, 5}, {2, 3}, {3, 1}}));
}

TEST_P(lanes_contract, lets_the_lanes_of_a_queue_at_its_limit_take_turns) {
    std::vector<work> items;
    for (int i = 0; i < 100; ++i) items.push_back({.id = i, .pool = "default", .tenant = 1});
    put(std::move(items));
    run([](db::transaction& tx) -> awaitable<bool> {
        limit_queue(tx, "default", 1, {});
        co_return true;
    });
    claimer claims(scratch.get(), {"default", "test", 30s});
    const auto serve = [&](int count) {
        std::map<std::int64_t, int> seen;
        while (count > 0) {
            claims.look_again();
            const auto taken = runtime.get().block_on(claims.take(8, nullptr));
            std::this_thread::sleep_for(claims.rest());
            for (const auto& each : taken) ++seen[each.tenant];
            count -= static_cast<int>(taken.size());
            end(taken);
        }
        return seen;
    };
    EXPECT_EQ(serve(10), (std::map<std::int64_t, int>{{1, 10}}));
    put({{.id = 200, .pool = "default", .tenant = 2}, {.id = 201, .pool = "default", .tenant = 2}});
    EXPECT_EQ(serve(5), (std::map<std::int64_t, int>{{1, 3}, {2, 2}}));
}

TEST_P(lanes_contract, finds_what_came_without_a_word_beside_a_lane_that_has_more) {
    std::vector<work> items;
    for (int i = 0; i < 200; ++i) items.push_back({.id = i, .pool = "default", .tenant = 1});
    put(std::move(items));
    claimer claims(scratch.get(), {"default", "test", 30s});
    const auto tenant_served = [&] {
        const auto taken = runtime.get().block_on(claims.take(1, nullptr));
        return taken.empty() ? 0 : taken[0].tenant;
    };
    EXPECT_EQ(tenant_served(), 1);
    put({{.id = 300, .pool = "default", .tenant = 2}});
    EXPECT_TRUE(testing::eventually(5s, [&] { return tenant_served() == 2; }));
}

TEST_P(lanes_contract, gives_the_last_of_a_thousand_lanes_its_turn) {
    std::vector<work> items;
    for (int i = 0; i < 200; ++i) items.push_back({.id = i, .pool = "default", .tenant = i});
    put(std::move(items));
    EXPECT_EQ(take(500).size(), 200U);
}

TEST_P(lanes_contract, spends_no_rate_on_what_is_not_wanted) {
    put({{1, "default", 1, 0}, {2, "default", 1, 0}});
    run([](db::transaction& tx) -> awaitable<bool> {
        limit_queue(tx, "default", {}, 1);
        co_return true;
    });
    claimer claims(scratch.get(), {"default", "test", 30s});
    const auto none = [](db::transaction&, const std::vector<held>& items) -> awaitable<std::vector<bool>> {
        co_return std::vector<bool>(items.size());
    };
    EXPECT_TRUE(runtime.get().block_on(claims.take(1, none)).empty());
    EXPECT_TRUE(claims.more()) << "its lane has work";
    EXPECT_EQ(runtime.get().block_on(claims.take(1, nullptr)).size(), 1U);
    EXPECT_TRUE(runtime.get().block_on(claims.take(1, nullptr)).empty()) << "one a minute";
}

TEST_P(lanes_contract, keeps_to_the_limits_of_a_queue) {
    std::vector<work> items;
    for (int i = 0; i < 10; ++i) items.push_back({.id = i, .pool = "default", .run_at = now_us() - 1000 + i});
    put(std::move(items));
    const auto set =
        [&](std::optional<std::int64_t> concurrency, std::optional<std::int64_t> rate, bool paused) {
            run([&](db::transaction& tx) -> awaitable<bool> {
                limit_queue(tx, "default", concurrency, rate);
                pause_queue(tx, "default", paused);
                co_return true;
            });
        };
    set(2, {}, true);
    EXPECT_TRUE(lanes().empty());
    EXPECT_TRUE(take(10).empty());
    set(2, {}, false);
    const auto two = take(10);
    EXPECT_EQ(ids(two), (id_list{0, 1}));
    EXPECT_TRUE(take(10).empty());
    end(two);
    EXPECT_EQ(take(1).size(), 1U);
    set({}, 180, false);
    EXPECT_EQ(take(10).size(), 3U);  // a second's worth at once
    EXPECT_TRUE(take(10).empty());
    EXPECT_TRUE(testing::eventually(5s, [&] { return take(10).size() == 1; }));
    const auto states = runtime.get().block_on(list_queues(scratch.get(), "", deadline_in(5s)));
    ASSERT_EQ(states.size(), 1U);
    EXPECT_EQ(states[0].waiting, 3);
    EXPECT_EQ(states[0].running, 5);
    EXPECT_EQ(states[0].rate_per_minute, 180);
}

}  // namespace
}  // namespace esm::lease
