// The lease contract on both databases.
#include "platform/lease/lease.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "platform/async/oneshot.hpp"
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
    std::vector<held> take(
        std::size_t limit,
        std::vector<std::string> queues = {"default"},
        std::chrono::milliseconds duration = 30s
    ) {
        return run([&](db::transaction& tx) -> awaitable<std::vector<held>> {
            return claim(tx, queues, limit, duration, "test");
        });
    }
    std::vector<bool> end(std::vector<held> items) {
        return run([&](db::transaction& tx) -> awaitable<std::vector<bool>> { return complete(tx, items); });
    }
    std::vector<pulse> beat(std::vector<held> items, std::chrono::milliseconds duration = 30s) {
        return run([&](db::transaction& tx) -> awaitable<std::vector<pulse>> {
            return heartbeat(tx, items, duration);
        });
    }
    bool give_back(held item, std::chrono::milliseconds delay) {
        return run([&](db::transaction& tx) -> awaitable<bool> {
            return release(tx, item, item.priority, delay);
        });
    }
    cancel_outcome stop(std::int64_t id) {
        return run([&](db::transaction& tx) -> awaitable<cancel_outcome> { return cancel(tx, id); });
    }
    std::vector<held> save() {
        return run([&](db::transaction& tx) -> awaitable<std::vector<held>> { return rescue(tx, 100); });
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
    EXPECT_EQ(ids(take(10, {"default", "other"})), (id_list{4, 1}));
    EXPECT_TRUE(take(10, {"default", "other"}).empty());
}

TEST_P(lease_contract, waits_until_work_is_due) {
    put({{1, "default", 1, now_us() + 400'000}, {2, "default", 1, 0}});
    EXPECT_EQ(ids(take(10)), (id_list{2}));
    EXPECT_TRUE(testing::eventually(5s, [&] { return take(10).size() == 1; }));
}

TEST_P(lease_contract, fences_an_expired_lease) {
    put({{1, "default", 2, 0}});
    const auto first = take(1, {"default"}, 50ms);
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
    const auto items = take(2, {"default"}, 300ms);
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
        drop(tx, {});
        drop(tx, {1, 2, 99});
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
        const auto items = co_await claim(tx, {"default"}, 1, 30s, "test");
        EXPECT_EQ(items.size(), 1U);
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
                auto taken = co_await claim(tx, {"default"}, 7, 30s, "test");
                const auto ended = co_await complete(tx, taken);
                EXPECT_EQ(std::count(ended.begin(), ended.end(), false), 0);
                co_return taken;
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
