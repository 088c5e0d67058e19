// The lease contract on both databases.
#include "platform/lease/lease.hpp"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "platform/async/oneshot.hpp"
#include "platform/lease/claimer.hpp"
#include "platform/lease/queues.hpp"
#include "platform/lease/sql.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"

namespace esm::lease {
namespace {

using namespace std::chrono_literals;

class lease_contract : public ::testing::TestWithParam<db::dialect> {
protected:
    lease_contract() : scratch(runtime.get(), GetParam(), {{"lease", lease::migrations}}) {}

    template <class Work>
    auto run(Work work) {
        return runtime.get().block_on(scratch.get().transact(deadline_in(20s), std::move(work)));
    }
    void put(std::vector<work> items) {
        run([&](db::transaction& tx) -> awaitable<bool> {
            enqueue(tx, items);
            co_return true;
        });
    }
    std::vector<lane> lanes(const std::string& pool = "default") {
        return runtime.get().block_on(survey(scratch.get(), pool, -1, 64, deadline_in(20s)));
    }
    std::vector<held> take(
        std::size_t limit, const std::string& pool = "default", std::chrono::milliseconds duration = 30s
    ) {
        promote_due();
        claimer claims(scratch.get(), {pool, "test", duration});
        std::vector<held> items;
        do {
            for (auto& each : runtime.get().block_on(claims.take(limit - items.size(), nullptr))) {
                items.push_back(std::move(each));
            }
            std::this_thread::sleep_for(claims.rest());
        } while (claims.more() && items.size() < limit);
        return items;
    }
    void promote_due() {
        run([](db::transaction& tx) -> awaitable<bool> {
            co_await promote(tx, 100);
            co_return true;
        });
    }
    std::vector<bool> end(std::vector<held> items) {
        std::vector<bool> answers;
        for (const auto& each : run([&](db::transaction& tx) { return complete(tx, items); })) {
            answers.push_back(each.has_value());
        }
        return answers;
    }
    std::vector<pulse> beat(std::vector<held> items, std::chrono::milliseconds duration = 30s) {
        return run([&](db::transaction& tx) -> awaitable<std::vector<pulse>> {
            return heartbeat(tx, items, std::vector<std::int64_t>(items.size(), -1), duration);
        });
    }
    bool give_back(held item, std::chrono::milliseconds delay) {
        return run([&](db::transaction& tx) { return release(tx, {item}, {delay}); }).front().has_value();
    }
    cancel_outcome stop(std::int64_t id) {
        return run([&](db::transaction& tx) -> awaitable<cancel_outcome> { return cancel(tx, id); });
    }
    std::vector<held> save() {
        std::vector<held> items;
        for (auto& each : run([&](db::transaction& tx) { return rescue(tx, 100); })) {
            items.push_back(std::move(each.item));
        }
        return items;
    }
    static std::vector<std::int64_t> ids(const std::vector<held>& items) {
        std::vector<std::int64_t> found;
        for (const auto& each : items) found.push_back(each.id);
        return found;
    }
    using id_list = std::vector<std::int64_t>;

    testing::started_runtime runtime;
    testing::scratch_database scratch;
};

INSTANTIATE_TEST_SUITE_P(
    dialects,
    lease_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    [](const auto& info) { return info.param == db::dialect::postgres ? "postgres" : "sqlite"; }
);

TEST_P(lease_contract, prepares_every_statement) {
    EXPECT_NO_THROW(scratch.prepare(sql::all_statements));
}

TEST_P(lease_contract, gives_the_best_priority_first_then_the_oldest) {
    const auto now = now_us();
    put(
        {{1, "default", 1, now - 3'000'000},
         {2, "default", 3, now - 1'000'000},
         {3, "default", 3, now - 2'000'000},
         {4, "other", 9, 0},
         {5, "default", 1, now - 4'000'000}}
    );
    const auto items = take(3);
    EXPECT_EQ(ids(items), (id_list{3, 2, 5}));
    EXPECT_EQ(items[0].token, 1);
    EXPECT_EQ(items[0].queue, "default");
    EXPECT_EQ(items[0].priority, 3);
    EXPECT_EQ(ids(take(10)), (id_list{1}));
    EXPECT_EQ(ids(take(10, "other")), (id_list{4}));
    EXPECT_TRUE(take(10).empty());
}

TEST_P(lease_contract, lets_the_lanes_take_turns) {
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

TEST_P(lease_contract, lets_the_lanes_of_a_queue_at_its_limit_take_turns) {
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

TEST_P(lease_contract, gives_the_last_of_a_thousand_lanes_its_turn) {
    std::vector<work> items;
    for (int i = 0; i < 200; ++i) items.push_back({.id = i, .pool = "default", .tenant = i});
    put(std::move(items));
    EXPECT_EQ(take(500).size(), 200U);
}

TEST_P(lease_contract, never_exceeds_the_limit_of_a_key) {
    std::vector<work> items;
    for (int i = 0; i < 6; ++i) {
        items.push_back(
            {.id = i,
             .pool = "default",
             .run_at = now_us() - 1000 + i,
             .concurrency_key = "k",
             .concurrency_limit = 2}
        );
    }
    put(std::move(items));
    auto first = take(10);
    EXPECT_EQ(ids(first), (id_list{0, 1}));
    EXPECT_TRUE(take(10).empty());
    end({first[0]});
    EXPECT_EQ(ids(take(10)), (id_list{2}));
    EXPECT_TRUE(give_back(first[1], 10min));  // waits without its place
    EXPECT_EQ(ids(take(10)), (id_list{3}));
    EXPECT_EQ(stop(4), cancel_outcome::removed);  // had none
    EXPECT_TRUE(take(10).empty());
    run([](db::transaction& tx) -> awaitable<bool> {
        co_await drop(tx, {2, 3});
        co_return true;
    });
    EXPECT_EQ(ids(take(10)), (id_list{5}));
}

TEST_P(lease_contract, keeps_to_the_limits_of_a_queue) {
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

TEST_P(lease_contract, remembers_progress) {
    put({{1, "default", 1, 0}});
    const auto items = take(1);
    run([&](db::transaction& tx) { return heartbeat(tx, items, {40}, 30s); });
    run([&](db::transaction& tx) { return heartbeat(tx, items, {40}, 30s); });
    run([&](db::transaction& tx) { return heartbeat(tx, items, {-1}, 30s); });
    EXPECT_EQ(runtime.get().block_on(look(scratch.get(), items, deadline_in(5s))), std::vector{pulse::ok});
    const auto ended = run([&](db::transaction& tx) { return complete(tx, items); });
    EXPECT_EQ(ended.front()->progress, 40);
    EXPECT_EQ(ended.front()->changes, 1);
    EXPECT_EQ(ended.front()->owner, "test");
    EXPECT_EQ(ended.front()->claimed_at, items[0].claimed_at);
}

TEST_P(lease_contract, says_when_deferred_work_is_due) {
    EXPECT_FALSE(runtime.get().block_on(next_due(scratch.get(), deadline_in(5s))));
    put({{1, "default", 1, now_us() + 60'000'000}});
    const auto due = runtime.get().block_on(next_due(scratch.get(), deadline_in(5s)));
    ASSERT_TRUE(due);
    EXPECT_GT(*due, 50s);
    EXPECT_LE(*due, 61s);
}

TEST_P(lease_contract, waits_until_work_is_due) {
    put({{1, "default", 1, now_us() + 400'000}, {2, "default", 1, 0}});
    EXPECT_EQ(ids(take(10)), (id_list{2}));
    EXPECT_TRUE(testing::eventually(5s, [&] { return take(10).size() == 1; }));
}

TEST_P(lease_contract, fences_an_expired_lease) {
    put({{1, "default", 2, 0}});
    const auto first = take(1, "default", 50ms);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_TRUE(take(1).empty());
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(ids(save()), (id_list{1}));
    EXPECT_TRUE(save().empty());
    const auto second = take(1);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].token, 2);
    EXPECT_EQ(second[0].priority, 2);
    EXPECT_EQ(end(first), std::vector<bool>{false});
    EXPECT_EQ(beat(first), std::vector<pulse>{pulse::lost});
    EXPECT_FALSE(give_back(first[0], 0ms));
    EXPECT_EQ(end(second), std::vector<bool>{true});
    EXPECT_EQ(end(second), std::vector<bool>{false});
    EXPECT_TRUE(take(1).empty());
}

TEST_P(lease_contract, is_prolonged_by_heartbeats) {
    put({{1, "default", 1, 0}, {2, "default", 1, 0}});
    const auto items = take(2, "default", 300ms);
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(beat({items[0]}, 30s), std::vector<pulse>{pulse::ok});
    std::this_thread::sleep_for(400ms);
    EXPECT_EQ(ids(save()), (id_list{items[1].id}));
    EXPECT_EQ(beat({items[1], items[0]}), (std::vector<pulse>{pulse::lost, pulse::ok}));
}

TEST_P(lease_contract, cancels_waiting_and_running_work) {
    put({{1, "default", 1, 0}});
    EXPECT_EQ(stop(1), cancel_outcome::removed);
    EXPECT_EQ(stop(1), cancel_outcome::absent);
    EXPECT_TRUE(take(1).empty());
    put({{2, "default", 1, 0}});
    const auto running = take(1);
    EXPECT_EQ(stop(2), cancel_outcome::requested);
    EXPECT_EQ(beat(running), std::vector<pulse>{pulse::cancel});
    // The wish outlives the worker.
    EXPECT_TRUE(give_back(running[0], 0ms));
    const auto again = take(1);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(beat(again), std::vector<pulse>{pulse::cancel});
    EXPECT_EQ(end(again), std::vector<bool>{true});
    EXPECT_EQ(stop(2), cancel_outcome::absent);
}

TEST_P(lease_contract, takes_dropped_work_from_whoever_has_it) {
    put({{1, "default", 1, 0}, {2, "default", 1, 0}, {3, "default", 1, 0}});
    const auto taken = take(1);
    ASSERT_EQ(ids(taken), id_list{1});
    run([](db::transaction& tx) -> awaitable<bool> {
        co_await drop(tx, {});
        co_await drop(tx, {1, 2, 99});
        co_return true;
    });
    EXPECT_EQ(beat(taken), std::vector{pulse::lost});
    EXPECT_EQ(end(taken), std::vector{false});
    EXPECT_FALSE(give_back(taken[0], 0ms));
    EXPECT_EQ(ids(take(10)), id_list{3});
}

TEST_P(lease_contract, is_given_back_for_later) {
    put({{1, "default", 1, 0}});
    const auto first = take(1);
    EXPECT_TRUE(give_back(first[0], 400ms));
    EXPECT_FALSE(give_back(first[0], 0ms));
    EXPECT_TRUE(take(1).empty());
    std::vector<held> again;
    EXPECT_TRUE(testing::eventually(5s, [&] {
        again = take(1);
        return !again.empty();
    }));
    EXPECT_EQ(again[0].token, 2);
}

TEST_P(lease_contract, undoes_a_claim_that_is_rolled_back) {
    put({{1, "default", 1, 0}});
    const auto refused = run([&](db::transaction& tx) -> awaitable<result<void>> {
        const auto taken =
            co_await claim(tx, "default", {{.queue = "default", .tenant = 0, .wanted = 1}}, 30s, "test");
        EXPECT_EQ(taken.items.size(), 1U);
        co_return fail(errc::conflict);
    });
    EXPECT_FALSE(refused);
    EXPECT_EQ(take(1).at(0).token, 1);
}

// One claimer: takes and ends items until there are none; what it took goes into `mine`.
awaitable<void> claim_all(db::database& from, std::vector<std::int64_t>& mine, int& open) {
    for (;;) {
        const auto items =
            co_await from.transact(deadline_in(30s), [](db::transaction& tx) -> awaitable<std::vector<held>> {
                auto taken = co_await claim(
                    tx, "default", {{.queue = "default", .tenant = 0, .wanted = 7}}, 30s, "test"
                );
                const auto ended = co_await complete(tx, taken.items);
                EXPECT_EQ(std::count(ended.begin(), ended.end(), std::nullopt), 0);
                co_return taken.items;
            });
        for (const auto& each : items) mine.push_back(each.id);
        if (items.empty()) break;
    }
    --open;
}

TEST_P(lease_contract, gives_each_item_to_one_of_fifty_claimers) {
    constexpr int count = 3000;
    constexpr int claimers = 50;
    std::vector<work> items;
    for (int i = 0; i < count; ++i) items.push_back({i, "default", i % 4, 0});
    put(std::move(items));
    std::array<std::vector<std::int64_t>, 2> taken;
    std::array<int, 2> open{claimers / 2, claimers / 2};
    std::array<async::oneshot<bool>, 2> ended;
    for (int i = 0; i < claimers; ++i) {
        const auto shard = static_cast<unsigned>(i % 2);
        asio::co_spawn(
            runtime.get().at(shard),
            claim_all(scratch.get(), taken[shard], open[shard]),
            [&, shard](const std::exception_ptr& failure) {
                if (failure) ended[shard].set_exception(failure);
                if (open[shard] == 0) ended[shard].set_value(true);
            }
        );
    }
    for (const auto& each : ended) runtime.get().block_on(each.get());
    std::vector<std::int64_t> all = taken[0];
    all.insert(all.end(), taken[1].begin(), taken[1].end());
    std::sort(all.begin(), all.end());
    id_list expected(count);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(all, expected);
}

}  // namespace
}  // namespace esm::lease
