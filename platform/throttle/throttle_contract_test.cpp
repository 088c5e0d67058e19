// Limits hold on both databases: what is free, what waits and for how long, and what parallel tries can do.
#include <gmock/gmock.h>

#include "platform/async/oneshot.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"
#include "platform/throttle/sql.hpp"
#include "platform/throttle/throttle.hpp"

namespace esm::throttle {
namespace {

constexpr instant_us start = 1'800'000'000'000'000;
constexpr instant_us second = 1'000'000;

class throttle_contract : public ::testing::TestWithParam<db::dialect> {
protected:
    throttle_contract() : scratch_(runtime_.get(), GetParam(), {{"throttle", migrations}}) {}

    // 0 where the try was admitted, else how many seconds it has to wait.
    std::int64_t try_at(failure_backoff& limit, std::string_view key, instant_us now) {
        const auto outcome =
            runtime_.get().block_on(limit.admit(key, deadline_in(std::chrono::seconds(5)), now));
        return outcome ? 0 : outcome.error().retry_after->count();
    }
    std::int64_t take_at(rate_limit& limit, std::string_view key, instant_us now) {
        const auto outcome =
            runtime_.get().block_on(limit.take(key, deadline_in(std::chrono::seconds(5)), now));
        return outcome ? 0 : outcome.error().retry_after->count();
    }
    void give_back(const rate_limit& limit, std::string_view key) {
        const auto work = [&](db::transaction& tx) -> awaitable<bool> {
            limit.give_back(tx, key);
            co_return true;
        };
        runtime_.get().block_on(database().transact(deadline_in(std::chrono::seconds(5)), work));
    }
    db::database& database() { return scratch_.get(); }

    testing::started_runtime runtime_;
    testing::scratch_database scratch_;
};

TEST_P(throttle_contract, FiveAreFreeThenEachWaitsTwiceAsLong) {
    failure_backoff limit(database(), "login");
    for (int i = 0; i < 5; ++i) EXPECT_EQ(try_at(limit, "ada", start), 0);
    EXPECT_EQ(try_at(limit, "ada", start), 1);
    instant_us now = start + second;
    for (const std::int64_t wait : {2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900}) {
        EXPECT_EQ(try_at(limit, "ada", now), 0);
        EXPECT_EQ(try_at(limit, "ada", now), wait);
        now += wait * second;
    }
}

TEST_P(throttle_contract, ARightOneForgetsTheWrongOnes) {
    failure_backoff limit(database(), "login");
    for (int i = 0; i < 5; ++i) try_at(limit, "ada", start);
    runtime_.get().block_on(limit.succeeded("ada", deadline_in(std::chrono::seconds(5))));
    for (int i = 0; i < 5; ++i) EXPECT_EQ(try_at(limit, "ada", start), 0);
    EXPECT_GT(try_at(limit, "ada", start), 0);
}

TEST_P(throttle_contract, WhatIsTakenBackLeavesTheWrongOnesBefore) {
    failure_backoff limit(database(), "login");
    const auto soon = deadline_in(std::chrono::seconds(5));
    for (int i = 0; i < 4; ++i) try_at(limit, "ada", start);
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(try_at(limit, "ada", start), 0);
        runtime_.get().block_on(limit.take_back("ada", soon));
    }
    EXPECT_EQ(try_at(limit, "ada", start), 0);
    EXPECT_EQ(try_at(limit, "ada", start), 1);
    runtime_.get().block_on(limit.take_back("nobody", soon));
}

TEST_P(throttle_contract, ADayForgetsToo) {
    failure_backoff limit(database(), "login");
    for (int i = 0; i < 5; ++i) try_at(limit, "ada", start);
    const auto later = start + 25 * 3600 * second;
    for (int i = 0; i < 5; ++i) EXPECT_EQ(try_at(limit, "ada", later), 0);
    EXPECT_EQ(try_at(limit, "ada", later), 1);
}

TEST_P(throttle_contract, KeysAndKindsAreApart) {
    failure_backoff login(database(), "login");
    failure_backoff reset(database(), "reset");
    for (int i = 0; i < 6; ++i) try_at(login, "ada", start);
    EXPECT_GT(try_at(login, "ada", start), 0);
    EXPECT_EQ(try_at(login, "bob", start), 0);
    EXPECT_EQ(try_at(reset, "ada", start), 0);
}

TEST_P(throttle_contract, ParallelTriesDoNotPass) {
    failure_backoff limit(database(), "login");
    const auto many = [&]() -> awaitable<int> {
        int admitted = 0;
        std::vector<async::oneshot<bool>> outcomes(40);
        for (unsigned i = 0; i < outcomes.size(); ++i) {
            auto one = [](failure_backoff& on, async::oneshot<bool> done) -> awaitable<void> {
                try {
                    const auto outcome =
                        co_await on.admit("ada", deadline_in(std::chrono::seconds(20)), start);
                    done.set_value(outcome.has_value());
                } catch (...) {
                    done.set_exception(std::current_exception());
                }
            };
            runtime_.get().spawn(i % runtime_.get().size(), "try", one(limit, outcomes[i]));
        }
        for (auto& each : outcomes) admitted += co_await each.get() ? 1 : 0;
        co_return admitted;
    };
    EXPECT_EQ(runtime_.get().block_on(many()), 5);
}

TEST_P(throttle_contract, AWindowHasSoManyAndBeginsAnew) {
    rate_limit limit(database(), "address", 3, std::chrono::seconds(60));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(take_at(limit, "10.0.0.1", start + i * second), 0);
    EXPECT_EQ(take_at(limit, "10.0.0.1", start + 10 * second), 50);
    EXPECT_EQ(take_at(limit, "10.0.0.2", start), 0);
    give_back(limit, "10.0.0.1");
    EXPECT_EQ(take_at(limit, "10.0.0.1", start + 10 * second), 0);
    EXPECT_GT(take_at(limit, "10.0.0.1", start + 10 * second), 0);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(take_at(limit, "10.0.0.1", start + 61 * second), 0);
}

TEST_P(throttle_contract, OldRowsAreForgotten) {
    failure_backoff limit(database(), "login");
    rate_limit window(database(), "address", 3, std::chrono::seconds(60));
    try_at(limit, "ada", start - 3000 * 24 * 3600 * second);
    take_at(window, "ada", start - 3000 * 24 * 3600 * second);
    try_at(limit, "bob", now_us());
    const auto until = deadline_in(std::chrono::seconds(5));
    runtime_.get().block_on(forget_old(database(), 100, until));
    const auto left = [&](const char* table) {
        const auto text = fmt::format("SELECT count(*) FROM {}", table);
        const db::statement count{"count", text, text};
        return runtime_.get().block_on(database().query(until, count)).front().integer(0);
    };
    EXPECT_EQ(left("throttle_failure"), 1);
    EXPECT_EQ(left("throttle_window"), 0);
}

INSTANTIATE_TEST_SUITE_P(
    both, throttle_contract, ::testing::Values(db::dialect::postgres, db::dialect::sqlite)
);

}  // namespace
}  // namespace esm::throttle
