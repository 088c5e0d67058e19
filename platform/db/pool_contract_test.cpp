// Many callers at once, deadlines, and locks and notifications, on both databases.
#include <boost/asio/use_future.hpp>
#include <future>

#include "platform/db/contract_fixture.hpp"

namespace esm::db {

namespace {

using pools = contract;
using std::chrono::milliseconds;

constexpr auto update_counter = both("update_counter", "UPDATE item SET amount = amount + 1 WHERE id = 1");
constexpr auto insert_counter =
    both("insert_counter", "INSERT INTO item (id, name, amount) VALUES (1, 'n', 0)");
constexpr statement slow{
    "slow",
    "SELECT pg_sleep(60)",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT max(i) "
    "FROM n"
};

awaitable<void> pause_for(milliseconds duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
}

// Keeps its connection until told to let go.
awaitable<bool> hold(transaction& tx, std::atomic<int>& holding, const std::atomic<bool>& let_go) {
    co_await tx.query(count_items);
    ++holding;
    while (!let_go) co_await pause_for(milliseconds(5));
    co_return true;
}

}  // namespace

TEST_P(pools, two_hundred_transactions_at_once_all_count) {
    run([&] { return target().query(soon(), insert_counter); });
    const auto work = [](transaction& tx) -> awaitable<bool> {
        co_await tx.query(update_counter);
        co_return true;
    };
    std::vector<std::future<bool>> started;
    for (unsigned i = 0; i < 200; ++i) {
        started.push_back(
            asio::co_spawn(runtime_.at(i % 2), target().transact(soon(), work), asio::use_future)
        );
    }
    for (auto& each : started) each.wait();
    for (auto& each : started) EXPECT_TRUE(each.get());
    EXPECT_EQ(run([&] { return target().query(soon(), select_item, 1); }).front().real(3), 200);
    EXPECT_LE(target().stats().open, 8U);
    EXPECT_EQ(target().stats().waiting, 0U);
}

TEST_P(pools, an_exhausted_pool_is_unavailable_by_the_deadline) {
    std::atomic<int> holding{0};
    std::atomic<bool> let_go{false};
    const auto work = [&](transaction& tx) { return hold(tx, holding, let_go); };
    std::vector<std::future<bool>> holders;
    for (int i = 0; i < 4; ++i) {
        holders.push_back(asio::co_spawn(runtime_.at(0), target().transact(soon(), work), asio::use_future));
    }
    const int all = GetParam() == dialect::postgres ? 4 : 1;
    EXPECT_TRUE(eventually([&] { return holding == all; }));
    EXPECT_THROW(run([&] { return target().transact(deadline_in(milliseconds(100)), work); }), unavailable);
    EXPECT_EQ(holding, all);
    let_go = true;
    for (auto& each : holders) EXPECT_TRUE(each.get());
    EXPECT_TRUE(run([&] { return target().transact(soon(), work); }));
}

TEST_P(pools, a_slow_statement_is_unavailable_by_the_deadline) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_THROW(run([&] { return target().query(deadline_in(milliseconds(200)), slow); }), unavailable);
    const auto in_transaction = [](transaction& tx) -> awaitable<bool> {
        co_await tx.query(insert_item, 1, "one");
        co_await tx.query(slow);
        co_return true;
    };
    const auto attempt = [&] { return target().transact(deadline_in(milliseconds(200)), in_transaction); };
    EXPECT_THROW(run(attempt), unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
    EXPECT_EQ(count(), 0);
}

TEST_P(pools, dropped_transactions_roll_back_and_dropped_waiters_are_forgotten) {
    {
        // A runtime of its own ends while transactions are open and others wait for their turn.
        esm::testing::started_runtime other;
        const auto database = open(other, {.url = scratch_.url()});
        std::atomic<int> inserted{0};
        const auto work = [&inserted](transaction& tx) -> awaitable<bool> {
            const int id = inserted + 1;
            co_await tx.query(insert_item, id, std::to_string(id));
            ++inserted;
            co_await pause_for(milliseconds(60'000));
            co_return true;
        };
        asio::co_spawn(other.at(0), database->transact(soon(), work), asio::detached);
        EXPECT_TRUE(eventually([&] { return inserted == 1; }));
        const auto waiting = [](transaction& tx) -> awaitable<bool> {
            co_await tx.query(count_items);
            co_await pause_for(milliseconds(60'000));
            co_return true;
        };
        for (int i = 0; i < 10; ++i) {
            asio::co_spawn(other.at(0), database->transact(soon(), waiting), asio::detached);
        }
        EXPECT_TRUE(eventually([&] { return database->stats().waiting >= 7; }));
        other.stop();
    }
    EXPECT_EQ(count(), 0);
    EXPECT_NO_THROW(run([&] { return target().query(soon(), insert_item, 1, "one"); }));
}

TEST_P(pools, a_notification_reaches_every_listener) {
    std::atomic<int> first{0}, second{0}, other{0};
    target().listen("work", [&] { ++first; });
    target().listen("work", [&] { ++second; });
    target().listen("Other Channel", [&] { ++other; });
    if (GetParam() == dialect::postgres) {
        // Each is told once it listens.
        EXPECT_TRUE(eventually([&] { return first > 0 && second > 0 && other > 0; }));
    }
    const int others_before = other;
    const int first_before = first;
    target().notify("work");
    EXPECT_TRUE(eventually([&] { return first > first_before && second > 0; }));
    EXPECT_EQ(other, others_before);
    target().notify("Other Channel");
    EXPECT_TRUE(eventually([&] { return other > others_before; }));
}

TEST_P(pools, a_lock_runs_transactions_and_is_free_again_after) {
    auto lock = run([&] { return target().try_lock(42, soon()); });
    ASSERT_TRUE(lock);
    EXPECT_TRUE(lock->held());
    const auto work = [](transaction& tx) -> awaitable<bool> {
        co_await tx.query(insert_item, 1, "one");
        co_return true;
    };
    EXPECT_TRUE(run([&] { return lock->transact(work); }));
    EXPECT_THROW(run([&] { return lock->transact(work); }), query_failed);
    const auto refuse = [](transaction& tx) -> awaitable<result<int>> {
        co_await tx.query(insert_item, 2, "two");
        co_return fail(errc::conflict, "no");
    };
    EXPECT_FALSE(run([&] { return lock->transact(refuse); }));
    EXPECT_TRUE(lock->held());
    EXPECT_EQ(count(), 1);
    lock.reset();
    EXPECT_TRUE(eventually([&] { return run([&] { return target().try_lock(42, soon()); }) != nullptr; }));
}

TEST_P(pools, statements_of_this_library_parse) {
    scratch_.prepare(std::array{&insert_item, &select_item, &bulk_insert, &slow});
    EXPECT_THROW(scratch_.prepare(std::array{&break_syntax}), std::runtime_error);
}

INSTANTIATE_TEST_SUITE_P(databases, pools, both_dialects, dialect_name);

}  // namespace esm::db
