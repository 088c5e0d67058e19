// Commit, rollback and failure behave alike on both databases.
#include "platform/db/contract_fixture.hpp"

namespace esm::db {

namespace {

using transactions = contract;

std::string sqlstate_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const query_failed& failure) {
        return failure.sqlstate();
    }
    return "";
}

}  // namespace

TEST_P(transactions, deferred_statements_alone_commit_together) {
    int woken = 0;
    const auto work = [&](transaction& tx) -> awaitable<result<int>> {
        tx.exec(insert_item, 1, "one");
        tx.exec(insert_item, 2, "two");
        tx.after_commit([&] { ++woken; });
        co_return 7;
    };
    EXPECT_EQ(run([&] { return target().transact(soon(), work); }).value(), 7);
    EXPECT_EQ(count(), 2);
    EXPECT_EQ(woken, 1);
}

TEST_P(transactions, a_transaction_reads_its_own_writes) {
    const auto work = [](transaction& tx) -> awaitable<std::int64_t> {
        tx.exec(insert_item, 1, "one");
        const auto before = co_await tx.query(count_items);
        tx.exec(insert_item, 2, "two");
        co_await tx.query(insert_item, 3, "three");
        co_return before.front().integer(0);
    };
    EXPECT_EQ(run([&] { return target().transact(soon(), work); }), 1);
    EXPECT_EQ(count(), 3);
}

TEST_P(transactions, an_answered_error_rolls_back) {
    int woken = 0;
    const auto work = [&](transaction& tx) -> awaitable<result<int>> {
        co_await tx.query(insert_item, 1, "one");
        tx.after_commit([&] { ++woken; });
        co_return fail(errc::conflict, "no");
    };
    EXPECT_EQ(run([&] { return target().transact(soon(), work); }).error().code, errc::conflict);
    EXPECT_EQ(count(), 0);
    EXPECT_EQ(woken, 0);
}

TEST_P(transactions, a_throw_rolls_back) {
    const auto work = [](transaction& tx) -> awaitable<bool> {
        co_await tx.query(insert_item, 1, "one");
        throw std::domain_error("no");
    };
    EXPECT_THROW(run([&] { return target().transact(soon(), work); }), std::domain_error);
    EXPECT_EQ(count(), 0);
}

TEST_P(transactions, a_deferred_failure_shows_at_the_commit) {
    const auto work = [](transaction& tx) -> awaitable<bool> {
        tx.exec(insert_item, 1, "one");
        tx.exec(insert_item, 2, "one");
        tx.exec(insert_item, 3, "three");
        co_return true;
    };
    EXPECT_EQ(sqlstate_of([&] { run([&] { return target().transact(soon(), work); }); }), "23505");
    EXPECT_EQ(count(), 0);
}

TEST_P(transactions, a_deferred_failure_after_a_query_shows_at_the_commit) {
    const auto work = [](transaction& tx) -> awaitable<bool> {
        co_await tx.query(insert_item, 1, "one");
        tx.exec(insert_item, 2, "one");
        co_return true;
    };
    EXPECT_EQ(sqlstate_of([&] { run([&] { return target().transact(soon(), work); }); }), "23505");
    EXPECT_EQ(count(), 0);
}

TEST_P(transactions, a_constraint_checked_at_commit_fails_the_commit) {
    const auto deferred = [](transaction& tx) -> awaitable<bool> {
        tx.exec(insert_child, 1, "one", 99);
        co_return true;
    };
    EXPECT_EQ(sqlstate_of([&] { run([&] { return target().transact(soon(), deferred); }); }), "23503");
    const auto awaited = [](transaction& tx) -> awaitable<bool> {
        co_await tx.query(insert_child, 1, "one", 99);
        co_return true;
    };
    EXPECT_EQ(sqlstate_of([&] { run([&] { return target().transact(soon(), awaited); }); }), "23503");
    EXPECT_EQ(count(), 0);
    const auto mended = [](transaction& tx) -> awaitable<bool> {
        co_await tx.query(insert_child, 1, "one", 2);
        tx.exec(insert_item, 2, "two");
        co_return true;
    };
    run([&] { return target().transact(soon(), mended); });
    EXPECT_EQ(count(), 2);
}

TEST_P(transactions, a_swallowed_failure_cannot_commit) {
    const auto work = [](transaction& tx) -> awaitable<bool> {
        co_await tx.query(insert_item, 1, "one");
        try {
            co_await tx.query(insert_item, 2, "one");
        } catch (const query_failed&) {
        }
        co_return true;
    };
    EXPECT_EQ(sqlstate_of([&] { run([&] { return target().transact(soon(), work); }); }), "25P02");
    EXPECT_EQ(count(), 0);
}

TEST_P(transactions, failures_leave_the_connection_usable) {
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(sqlstate_of([&] { run([&] { return target().query(soon(), break_syntax); }); }), "42601");
        EXPECT_EQ(count(), 0);
    }
    EXPECT_LE(target().stats().open, 2U);
}

TEST_P(transactions, a_retryable_failure_runs_the_work_again) {
    int attempts = 0;
    const auto work = [&](transaction& tx) -> awaitable<bool> {
        co_await tx.query(insert_item, 1, "one");
        if (++attempts < 3) throw query_failed("40001", "try again");
        co_return true;
    };
    run([&] { return target().transact(soon(), work); });
    EXPECT_EQ(attempts, 3);
    EXPECT_EQ(count(), 1);
    attempts = -10;
    EXPECT_THROW(run([&] { return target().transact(soon(), work); }), query_failed);
}

TEST_P(transactions, an_empty_transaction_commits) {
    const auto work = [](transaction&) -> awaitable<result<void>> { co_return result<void>(); };
    EXPECT_TRUE(run([&] { return target().transact(soon(), work); }).has_value());
}

TEST_P(transactions, is_ready) {
    EXPECT_TRUE(run([&] { return target().is_ready(soon()); }));
}

INSTANTIATE_TEST_SUITE_P(databases, transactions, both_dialects, dialect_name);

}  // namespace esm::db
