// What only a server can do to us: kill backends, hold locks against another process, be away.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "platform/db/contract_fixture.hpp"

namespace esm::db {

namespace {

using std::chrono::milliseconds;

constexpr statement kill_others{
    "kill_others",
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    ""
};
constexpr statement kill_lock_holder{
    "kill_lock_holder",
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1::bigint::oid",
    ""
};
constexpr statement count_running{
    "count_running",
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' "
    "AND query LIKE 'SELECT pg_sleep%'",
    ""
};
constexpr statement sleep_long{"sleep_long", "SELECT pg_sleep(30)", ""};

class postgres_faults : public contract {
protected:
    // Inserts ids one after another until told to stop.
    awaitable<void> keep_inserting(
        std::int64_t first, std::atomic<bool>& stop, std::atomic<int>& acknowledged
    ) {
        for (auto id = first; !stop; ++id) {
            bool failed = false;
            try {
                const auto insert = [id](transaction& tx) -> awaitable<bool> {
                    tx.exec(insert_item, id, std::to_string(id));
                    co_return true;
                };
                co_await target().transact(soon(), insert);
                ++acknowledged;
            } catch (const unavailable&) {
                failed = true;
            }
            if (!failed) continue;
            asio::steady_timer pause(co_await asio::this_coro::executor, milliseconds(5));
            co_await pause.async_wait(asio::use_awaitable);
        }
    }
};

}  // namespace

TEST_P(postgres_faults, killed_connections_recover_and_lose_nothing_acknowledged) {
    std::atomic<bool> stop{false};
    std::atomic<int> acknowledged{0};
    std::vector<std::future<void>> started;
    for (unsigned i = 0; i < 12; ++i) {
        auto inserting = keep_inserting(i * 1'000'000 + 1, stop, acknowledged);
        started.push_back(asio::co_spawn(runtime_.at(i % 2), std::move(inserting), asio::use_future));
    }
    esm::testing::started_runtime other;
    const auto killer = open(other, {.url = scratch_.url()});
    constexpr int kills = 10;
    for (int i = 0; i < kills; ++i) {
        const int before = acknowledged;
        EXPECT_TRUE(eventually([&] { return acknowledged > before + 20; }));
        other.block_on(killer->query(soon(), kill_others));
    }
    const int before = acknowledged;
    EXPECT_TRUE(eventually([&] { return acknowledged > before + 20; }));
    stop = true;
    for (auto& each : started) each.get();
    // One that was not acknowledged may have been committed: at most one a writer and kill.
    EXPECT_GE(count(), acknowledged);
    EXPECT_LE(count(), acknowledged + 12 * kills);
    EXPECT_LE(target().stats().open, 8U);
}

TEST_P(postgres_faults, idle_connections_killed_are_replaced_unseen) {
    for (int i = 0; i < 5; ++i) EXPECT_EQ(count(), 0);
    esm::testing::started_runtime other;
    const auto killer = open(other, {.url = scratch_.url()});
    other.block_on(killer->query(soon(), kill_others));
    EXPECT_EQ(count(), 0);
}

TEST_P(postgres_faults, a_lock_is_exclusive_and_lost_with_its_backend) {
    esm::testing::started_runtime other;
    const auto second = open(other, {.url = scratch_.url()});
    const auto lock = run([&] { return target().try_lock(4711, soon()); });
    ASSERT_TRUE(lock);
    EXPECT_FALSE(other.block_on(second->try_lock(4711, soon())));
    EXPECT_TRUE(other.block_on(second->try_lock(4712, soon())));
    const auto work = [](transaction& tx) -> awaitable<bool> {
        co_await tx.query(count_items);
        co_return true;
    };
    EXPECT_TRUE(run([&] { return lock->transact(work); }));
    EXPECT_TRUE(lock->held());
    other.block_on(second->query(soon(), kill_lock_holder, 4711));
    EXPECT_TRUE(eventually([&] { return !lock->held(); }));
    EXPECT_THROW(run([&] { return lock->transact(work); }), unavailable);
    EXPECT_TRUE(other.block_on(second->try_lock(4711, soon())));
}

TEST_P(postgres_faults, a_lock_lost_within_its_transaction_commits_nothing) {
    esm::testing::started_runtime other;
    const auto second = open(other, {.url = scratch_.url()});
    const auto lock = run([&] { return target().try_lock(4711, soon()); });
    const auto work = [&](transaction& tx) -> awaitable<bool> {
        co_await tx.query(insert_item, 1, "one");
        co_await asio::co_spawn(
            other.at(0), second->query(soon(), kill_lock_holder, 4711), asio::use_awaitable
        );
        tx.exec(insert_item, 2, "two");
        co_return true;
    };
    EXPECT_THROW(run([&] { return lock->transact(work); }), unavailable);
    EXPECT_FALSE(lock->held());
    EXPECT_EQ(count(), 0);
}

TEST_P(postgres_faults, a_listener_reconnects_and_tells_so) {
    std::atomic<int> told{0};
    target().listen("work", [&] { ++told; });
    EXPECT_TRUE(eventually([&] { return told == 1; }));
    esm::testing::started_runtime other;
    const auto second = open(other, {.url = scratch_.url()});
    other.block_on(second->query(soon(), kill_others));
    EXPECT_TRUE(eventually([&] { return told == 2; }));
    second->notify("work");
    EXPECT_TRUE(eventually([&] { return told == 3; }));
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 1000; ++i) second->notify("work");
    EXPECT_TRUE(eventually([&] { return told >= 4; }));
    std::this_thread::sleep_for(milliseconds(300));
    EXPECT_LE(told, 5 + (std::chrono::steady_clock::now() - begun) / milliseconds(100));
}

TEST_P(postgres_faults, a_statement_past_its_deadline_is_cancelled_on_the_server) {
    EXPECT_THROW(
        run([&] { return target().query(deadline_in(milliseconds(100)), sleep_long); }), unavailable
    );
    EXPECT_TRUE(eventually([&] {
        return run([&] { return target().query(soon(), count_running); }).front().integer(0) == 0;
    }));
}

TEST_P(postgres_faults, a_late_answer_costs_no_connection) {
    constexpr static statement backend{"backend", "SELECT pg_backend_pid()", ""};
    constexpr static statement sleep_short{"sleep_short", "SELECT pg_sleep(0.3)", ""};
    const auto pid = [&] { return run([&] { return target().query(soon(), backend); }).front().integer(0); };
    const auto before = pid();
    EXPECT_THROW(
        run([&] { return target().query(deadline_in(milliseconds(50)), sleep_short); }), unavailable
    );
    EXPECT_TRUE(eventually([&] { return target().stats().idle == 1; }));
    EXPECT_EQ(pid(), before);
    const auto in_transaction = [](transaction& tx) -> awaitable<bool> {
        co_await tx.query(insert_item, 1, "one");
        co_await tx.query(sleep_long);
        co_return true;
    };
    const auto attempt = [&] { return target().transact(deadline_in(milliseconds(200)), in_transaction); };
    EXPECT_THROW(run(attempt), unavailable);
    EXPECT_TRUE(eventually([&] { return target().stats().idle == 1; }));
    EXPECT_EQ(pid(), before);
    EXPECT_EQ(count(), 0);
}

TEST_P(postgres_faults, a_server_that_is_away_is_unavailable_at_once) {
    const auto away = open(runtime_, {.url = "postgresql://nobody@127.0.0.1:23001/none"});
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 50; ++i) EXPECT_FALSE(run([&] { return away->is_ready(soon()); }));
    EXPECT_THROW(run([&] { return away->query(soon(), count_items); }), unavailable);
    // Far less than 50 times the connect timeout.
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
    const auto unknown = open(runtime_, {.url = "postgresql://nobody@no-such-host.invalid/none"});
    EXPECT_FALSE(run([&] { return unknown->is_ready(deadline_in(milliseconds(500))); }));
}

TEST_P(postgres_faults, a_server_that_says_nothing_is_unavailable_by_the_deadline) {
    asio::io_context context;
    asio::ip::tcp::acceptor silent(context, {asio::ip::make_address("127.0.0.1"), 23002});
    const auto mute = open(
        runtime_,
        {.url = "postgresql://nobody@127.0.0.1:23002/none", .connect_timeout = std::chrono::minutes(5)}
    );
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_FALSE(run([&] { return mute->is_ready(deadline_in(milliseconds(300))); }));
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

TEST_P(postgres_faults, real_serialization_failures_are_retried) {
    run([&] { return target().query(soon(), insert_item, 1, "one"); });
    constexpr static auto serializable = both("serializable", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE");
    constexpr static auto rename = both("rename", "UPDATE item SET note = $1 WHERE id = 1");
    std::atomic<int> attempts{0};
    const auto work = [&](transaction& tx) -> awaitable<bool> {
        tx.exec(serializable);
        co_await tx.query(select_item, 1);
        ++attempts;
        // Neither writes before both have read.
        while (attempts < 2) {
            asio::steady_timer pause(co_await asio::this_coro::executor, milliseconds(5));
            co_await pause.async_wait(asio::use_awaitable);
        }
        co_await tx.query(rename, "x");
        co_return true;
    };
    std::vector<std::future<bool>> started;
    for (unsigned i = 0; i < 2; ++i) {
        started.push_back(asio::co_spawn(runtime_.at(i), target().transact(soon(), work), asio::use_future));
    }
    for (auto& each : started) EXPECT_TRUE(each.get());
    EXPECT_EQ(attempts, 3);
}

TEST_P(postgres_faults, a_full_disk_and_a_shutdown_are_told_apart_from_bad_statements) {
    constexpr static statement disk_full{"disk_full", "DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", ""};
    constexpr static statement shutting_down{
        "shutting_down", "DO $$ BEGIN RAISE SQLSTATE '57P01'; END $$", ""
    };
    EXPECT_THROW(run([&] { return target().query(soon(), disk_full); }), storage_full);
    EXPECT_THROW(run([&] { return target().query(soon(), shutting_down); }), unavailable);
    EXPECT_EQ(count(), 0);
}

TEST_P(postgres_faults, statements_the_server_forgot_are_prepared_again) {
    constexpr static statement forget{"forget", "DEALLOCATE ALL", ""};
    EXPECT_EQ(count(), 0);
    run([&] { return target().query(soon(), forget); });
    EXPECT_THROW(count(), query_failed);
    EXPECT_EQ(count(), 0);
}

INSTANTIATE_TEST_SUITE_P(databases, postgres_faults, ::testing::Values(dialect::postgres), dialect_name);

}  // namespace esm::db
