// Erasing on both databases: in batches until nothing is left, after a restart too, and what comes late.
#include <gmock/gmock.h>

#include <mutex>

#include "platform/personal_data/erasure.hpp"
#include "platform/personal_data/sql.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"

namespace esm::personal_data {
namespace {

using namespace std::chrono_literals;
using ids = std::vector<std::int64_t>;

class erasure_contract : public ::testing::TestWithParam<db::dialect> {
protected:
    template <class Work>
    auto run(Work work) {
        return runtime_.block_on(database().transact(deadline_in(20s), std::move(work)));
    }
    db::database& database() { return scratch_.get(); }

    // What a service holds: so many things of each user, erased two at a time.
    erasure make(std::chrono::milliseconds open_for = 0ms) {
        const auto erase_some = [this](db::transaction&, std::int64_t user_id) -> awaitable<bool> {
            const std::lock_guard lock(mutex_);
            ++batches_;
            if (batches_ == failing_batch_) throw std::runtime_error("the database is away");
            auto& left = held_[user_id];
            left = std::max(0, left - 2);
            co_return left > 0;
        };
        return erasure(runtime_, database(), "test", erase_some, {20ms, open_for});
    }

    void begin(erasure& erasing, std::int64_t user_id) {
        run([&](db::transaction& tx) -> awaitable<bool> {
            co_await erasing.begin(tx, user_id);
            co_return true;
        });
    }

    ids erased(ids asked) {
        return run([&](db::transaction& tx) { return erased_among(tx, asked); });
    }

    std::size_t open_erasures() {
        std::size_t count = 0;
        run([&](db::transaction& tx) -> awaitable<bool> {
            count = 0;
            for (std::int64_t after = 0;; ++count) {
                const auto next = co_await tx.query(sql::lock_next_erasure, after);
                if (next.empty()) co_return true;
                after = next.front().integer(0);
            }
        });
        return count;
    }

    bool holds_nothing() {
        const std::lock_guard lock(mutex_);
        return std::all_of(held_.begin(), held_.end(), [](const auto& each) { return each.second == 0; });
    }

    testing::started_runtime runtime_;
    testing::scratch_database scratch_{runtime_, GetParam(), {{"personal_data", migrations}}};
    std::mutex mutex_;
    std::map<std::int64_t, int> held_;
    int batches_{0};
    int failing_batch_{0};
};

TEST_P(erasure_contract, every_statement_fits_the_schema) {
    EXPECT_NO_THROW(scratch_.prepare(sql::all_statements));
}

TEST_P(erasure_contract, the_first_batch_and_the_tombstone_are_the_callers_transaction) {
    held_ = {{1001, 2}, {1002, 5}};
    auto erasing = make();
    begin(erasing, 1001);
    EXPECT_EQ(held_[1001], 0);
    EXPECT_EQ(held_[1002], 5);
    EXPECT_EQ(erased({1000, 1001, 1002}), ids{1001});
    begin(erasing, 1001);
    EXPECT_EQ(erased({1001, 1001}), ids{1001}) << "twice is once";
}

TEST_P(erasure_contract, batches_follow_until_nothing_is_left) {
    held_ = {{1001, 9}, {1002, 1}, {1003, 30}};
    auto erasing = make();
    erasing.start();
    for (const auto each : {1001, 1002, 1003}) begin(erasing, each);
    EXPECT_TRUE(testing::eventually(20s, [&] { return holds_nothing() && open_erasures() == 0; }));
    runtime_.block_on(erasing.stop());
    EXPECT_EQ(erased({1001, 1002, 1003}).size(), 3U) << "the tombstones stay";
}

TEST_P(erasure_contract, another_process_goes_on_where_one_stopped) {
    held_ = {{1001, 9}};
    auto stopped = make();
    begin(stopped, 1001);
    EXPECT_EQ(held_[1001], 7);
    auto other = make();
    other.start();
    EXPECT_TRUE(testing::eventually(20s, [&] { return holds_nothing(); }));
    runtime_.block_on(other.stop());
}

TEST_P(erasure_contract, what_fails_is_tried_again) {
    held_ = {{1001, 9}};
    failing_batch_ = 3;
    auto erasing = make();
    erasing.start();
    begin(erasing, 1001);
    EXPECT_TRUE(testing::eventually(20s, [&] { return holds_nothing() && open_erasures() == 0; }));
    runtime_.block_on(erasing.stop());
    EXPECT_GT(batches_, failing_batch_);
}

TEST_P(erasure_contract, what_was_being_written_meanwhile_goes_too) {
    auto erasing = make(1h);
    erasing.start();
    begin(erasing, 1001);
    {
        const std::lock_guard lock(mutex_);
        held_[1001] = 3;
    }
    EXPECT_TRUE(testing::eventually(20s, [&] { return holds_nothing(); }));
    runtime_.block_on(erasing.stop());
    EXPECT_EQ(open_erasures(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    erasure_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::personal_data
