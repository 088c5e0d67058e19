// The lease contract on both databases.
#include <map>
#include <numeric>

#include "platform/async/oneshot.hpp"
#include "platform/lease/lease_fixture.hpp"

namespace esm::lease {
namespace {

class lease_contract : public leases {};
INSTANTIATE_TEST_SUITE_P(
    dialects,
    lease_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
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
    EXPECT_EQ(end({first[0], second[0]}), (std::vector<bool>{false, true})) << "in one batch";
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

TEST_P(lease_contract, leaves_what_is_not_wanted_as_if_it_had_not_been_taken) {
    put({{1, "default", 3, 0}, {2, "default", 1, 0}, {3, "default", 2, 0}});
    claimer claims(scratch.get(), {"default", "test", 30s});
    const auto first_alone = [](db::transaction&,
                                const std::vector<held>& items) -> awaitable<std::vector<bool>> {
        std::vector<bool> wanted(items.size());
        wanted[0] = true;
        co_return wanted;
    };
    EXPECT_EQ(ids(runtime.get().block_on(claims.take(3, first_alone))), (id_list{1}));
    const auto others = take(3);
    EXPECT_EQ(ids(others), (id_list{3, 2})) << "in their order";
    EXPECT_EQ(others[0].token, 1);
    EXPECT_EQ(end(others), (std::vector<bool>{true, true}));
}

// SQLite's write transactions wait for each other anyway.
class postgres_leases : public lease_contract {};

INSTANTIATE_TEST_SUITE_P(
    dialects, postgres_leases, ::testing::Values(db::dialect::postgres), esm::testing::dialect_name
);

TEST_P(postgres_leases, heartbeats_do_not_wait_for_those_who_end_leases) {
    put({{1, "default", 1, 0}, {2, "default", 1, 0}});
    const auto items = take(2);
    ASSERT_EQ(items.size(), 2U);
    const auto pulses = run([&](db::transaction& tx) -> awaitable<std::vector<pulse>> {
        co_await complete(tx, {items[0]});
        co_return co_await scratch.get().transact(deadline_in(5s), [&](db::transaction& other) {
            return heartbeat(other, items, {50, 50}, 30s);
        });
    });
    EXPECT_EQ(pulses, (std::vector<pulse>{pulse::busy, pulse::ok})) << "its end may yet be rolled back";
    EXPECT_EQ(beat(items), (std::vector<pulse>{pulse::lost, pulse::ok}));
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
