// The worker on both databases: slots, lost and cancelled leases, exceptions, shutdown.
#include "platform/lease/worker.hpp"

#include <gtest/gtest.h>

#include "platform/lease/sql.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"

namespace esm::lease {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view count_text =
    "SELECT count(*) FROM lease_ready UNION ALL SELECT count(*) FROM lease_held";
constexpr db::statement count_rows{"test.count_rows", count_text, count_text};
constexpr std::string_view steal_text = "UPDATE lease_held SET token = token + 1";
constexpr db::statement steal{"test.steal", steal_text, steal_text};

awaitable<void> sleep(std::chrono::milliseconds duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
}

class worker_contract : public ::testing::TestWithParam<db::dialect> {
protected:
    worker_contract() : scratch(runtime.get(), GetParam(), {{"lease", lease::migrations}}) {}

    std::unique_ptr<worker> start(
        worker::handler run, std::chrono::milliseconds lease = 30s, std::size_t slots = 16
    ) {
        auto made = std::make_unique<worker>(
            runtime.get(),
            scratch.get(),
            worker_options{
                .owner = "test",
                .pool = "default",
                .slots_max = slots,
                .lease = lease,
                .poll = 10s,
                .rescue_every = 200ms,
                .channel = "work"
            },
            worker_hooks{},
            std::move(run)
        );
        made->start(0);
        return made;
    }
    void put(std::vector<work> items, worker* wake = nullptr) {
        runtime.get()
            .block_on(scratch.get().transact(deadline_in(10s), [&](db::transaction& tx) -> awaitable<bool> {
                enqueue(tx, items);
                if (wake) tx.after_commit([wake] { wake->wake(); });
                co_return true;
            }));
    }
    awaitable<void> end(held item) {
        co_await scratch.get().transact(deadline_in(10s), [&](db::transaction& tx) -> awaitable<bool> {
            const auto ended = co_await complete(tx, {item});
            if (ended[0]) ++completed;
            co_return true;
        });
    }
    std::pair<std::int64_t, std::int64_t> rows() {
        const auto found = runtime.get().block_on(scratch.get().query(deadline_in(5s), count_rows));
        return {found[0].integer(0), found[1].integer(0)};
    }
    void stop(const std::unique_ptr<worker>& running) { runtime.get().block_on(running->stop()); }

    testing::started_runtime runtime;
    testing::scratch_database scratch;
    std::atomic<int> completed{0};
};

INSTANTIATE_TEST_SUITE_P(
    dialects,
    worker_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

TEST_P(worker_contract, runs_all_items_within_its_slots) {
    std::atomic<int> at_once{0}, most{0};
    const auto running = start(
        [&](held item, std::shared_ptr<progress_token>) -> awaitable<void> {
            const int now = ++at_once;
            int before = most;
            while (before < now && !most.compare_exchange_weak(before, now)) {
            }
            co_await sleep(5ms);
            --at_once;
            co_await end(std::move(item));
        },
        30s,
        4
    );
    std::vector<work> items;
    for (int i = 0; i < 100; ++i) items.push_back({i, "default", 1, 0});
    put(std::move(items), running.get());
    EXPECT_TRUE(testing::eventually(9s, [&] { return completed == 100; }));
    stop(running);
    EXPECT_LE(most, 4);
    EXPECT_EQ(running->stats().claimed, 100);
    EXPECT_EQ(running->stats().running, 0U);
    EXPECT_EQ(rows(), std::pair(std::int64_t{0}, std::int64_t{0}));
}

TEST_P(worker_contract, is_woken_by_another_process) {
    const auto running = start([&](held item, std::shared_ptr<progress_token>) -> awaitable<void> {
        co_await end(std::move(item));
    });
    std::this_thread::sleep_for(500ms);
    put({{1, "default", 1, 0}});
    scratch.get().notify("work");
    EXPECT_TRUE(testing::eventually(5s, [&] { return completed == 1; }));
    stop(running);
}

TEST_P(worker_contract, prolongs_long_work_and_tells_it_to_stop) {
    std::atomic<bool> saw_cancel{false};
    const auto running = start(
        [&](held item, std::shared_ptr<progress_token> token) -> awaitable<void> {
            while (!token->stop_requested()) co_await sleep(10ms);
            saw_cancel = token->cancel_requested() && !token->lost();
            co_await end(std::move(item));
        },
        600ms
    );
    put({{1, "default", 1, 0}}, running.get());
    ASSERT_TRUE(testing::eventually(5s, [&] { return running->stats().running == 1; }));
    std::this_thread::sleep_for(1500ms);
    EXPECT_EQ(running->stats().rescued, 0);
    runtime.get()
        .block_on(scratch.get().transact(deadline_in(5s), [](db::transaction& tx) -> awaitable<bool> {
            EXPECT_EQ(co_await cancel(tx, 1), cancel_outcome::requested);
            co_return true;
        }));
    EXPECT_TRUE(testing::eventually(5s, [&] { return completed == 1; }));
    stop(running);
    EXPECT_TRUE(saw_cancel);
}

TEST_P(worker_contract, tells_an_item_that_it_lost_its_lease) {
    std::atomic<int> lost{0};
    const auto running = start(
        [&](held item, std::shared_ptr<progress_token> token) -> awaitable<void> {
            while (!token->stop_requested() && item.token == 1) co_await sleep(10ms);
            if (token->lost()) ++lost;
            co_await end(std::move(item));
        },
        600ms
    );
    put({{1, "default", 1, 0}}, running.get());
    ASSERT_TRUE(testing::eventually(5s, [&] { return running->stats().running == 1; }));
    runtime.get().block_on(scratch.get().query(deadline_in(5s), steal));
    EXPECT_TRUE(testing::eventually(5s, [&] { return lost == 1; }));
    EXPECT_TRUE(testing::eventually(5s, [&] { return completed == 1; }));
    stop(running);
    EXPECT_EQ(running->stats().lost, 1);
    EXPECT_GE(running->stats().rescued, 1);
}

TEST_P(worker_contract, gives_back_what_threw) {
    const auto running = start([](held, std::shared_ptr<progress_token>) -> awaitable<void> {
        co_await sleep(1ms);
        throw std::runtime_error("a mistake");
    });
    put({{1, "default", 1, 0}}, running.get());
    EXPECT_TRUE(testing::eventually(5s, [&] {
        return running->stats().claimed == 1 && rows() == std::pair(std::int64_t{1}, std::int64_t{0});
    }));
    stop(running);
    EXPECT_EQ(running->stats().claimed, 1);
}

TEST_P(worker_contract, tells_of_what_threw_as_it_gives_it_back) {
    std::atomic<int> told{0};
    worker running(
        runtime.get(),
        scratch.get(),
        worker_options{.owner = "test", .pool = "default", .poll = 50ms},
        {.on_give_back = [&](db::transaction&, const std::vector<rescued>& items) -> awaitable<void> {
            EXPECT_EQ(items.at(0).item.id, 1);
            ++told;
            co_return;
        }},
        [](held, std::shared_ptr<progress_token>) -> awaitable<void> {
            co_await sleep(1ms);
            throw std::runtime_error("a mistake");
        }
    );
    running.start(0);
    put({{1, "default", 1, 0}});
    EXPECT_TRUE(testing::eventually(5s, [&] { return told == 1; }));
    runtime.get().block_on(running.stop());
}

TEST_P(worker_contract, waits_for_running_work_when_it_stops) {
    const auto running = start([&](held item, std::shared_ptr<progress_token>) -> awaitable<void> {
        co_await sleep(500ms);
        co_await end(std::move(item));
    });
    put({{1, "default", 1, 0}}, running.get());
    ASSERT_TRUE(testing::eventually(5s, [&] { return running->stats().running == 1; }));
    stop(running);
    EXPECT_EQ(completed, 1);
}

TEST_P(worker_contract, gives_back_what_does_not_end_in_time) {
    std::atomic<bool> saw_lost{false};
    const auto running = start([&](held, std::shared_ptr<progress_token> token) -> awaitable<void> {
        while (!token->stop_requested()) co_await sleep(10ms);
        saw_lost = token->lost();
    });
    put({{1, "default", 1, 0}}, running.get());
    ASSERT_TRUE(testing::eventually(5s, [&] { return running->stats().running == 1; }));
    stop(running);
    EXPECT_TRUE(testing::eventually(2s, [&] { return saw_lost.load(); }));
    EXPECT_EQ(rows(), std::pair(std::int64_t{1}, std::int64_t{0}));
}

TEST_P(worker_contract, drains_without_a_claim_more_and_says_whether_all_has_ended) {
    std::atomic<bool> go_on{false};
    const auto running = start([&](held item, std::shared_ptr<progress_token> token) -> awaitable<void> {
        while (!go_on) co_await sleep(10ms);
        EXPECT_FALSE(token->lost());
        co_await end(std::move(item));
    });
    const auto drain = [&](std::chrono::milliseconds patience) {
        return runtime.get().block_on(running->drain(deadline_in(patience)));
    };
    put({{1, "default", 1, 0}}, running.get());
    ASSERT_TRUE(testing::eventually(5s, [&] { return running->stats().running == 1; }));
    EXPECT_FALSE(drain(100ms));
    put({{2, "default", 1, 0}}, running.get());
    go_on = true;
    EXPECT_TRUE(drain(5s));
    EXPECT_EQ(completed, 1);
    EXPECT_EQ(rows(), std::pair(std::int64_t{1}, std::int64_t{0}));
    stop(running);
}

TEST_P(worker_contract, keeps_leases_of_what_must_not_be_done_twice_at_once) {
    std::atomic<bool> go_on{false}, ended{false};
    worker running(
        runtime.get(),
        scratch.get(),
        worker_options{.owner = "test", .pool = "default", .poll = 50ms, .keeps_unended = true},
        {},
        [&](held, std::shared_ptr<progress_token> token) -> awaitable<void> {
            while (!go_on) co_await sleep(10ms);
            ended = token->lost();
        }
    );
    running.start(0);
    put({{1, "default", 1, 0}});
    ASSERT_TRUE(testing::eventually(5s, [&] { return running.stats().running == 1; }));
    runtime.get().block_on(running.stop(deadline_in(100ms)));
    EXPECT_EQ(rows(), std::pair(std::int64_t{0}, std::int64_t{1}));
    go_on = true;
    EXPECT_TRUE(testing::eventually(2s, [&] { return ended.load(); }));
}

TEST_P(worker_contract, tells_of_what_it_gives_back_as_it_stops) {
    std::atomic<int> begun{0}, told{0};
    worker running(
        runtime.get(),
        scratch.get(),
        worker_options{.owner = "test", .pool = "default", .poll = 50ms},
        worker_hooks{
            .on_give_back = [&](db::transaction&, const std::vector<rescued>& items) -> awaitable<void> {
                EXPECT_EQ(items.at(0).hold.owner, "test");
                told += static_cast<int>(items.size());
                co_return;
            },
            .begin = [&](std::vector<running_item> items) { begun += static_cast<int>(items.size()); }
        }
    );
    running.start(0);
    put({{1, "default", 1, 0}, {2, "default", 1, 0}});
    EXPECT_TRUE(testing::eventually(5s, [&] { return begun == 2; }));
    runtime.get().block_on(running.stop());
    EXPECT_EQ(told, 2);
    EXPECT_EQ(rows(), std::pair(std::int64_t{2}, std::int64_t{0}));
}

TEST_P(worker_contract, runs_the_claiming_hook_in_the_transaction_of_the_claim) {
    std::atomic<int> hooked{0};
    worker running(
        runtime.get(),
        scratch.get(),
        worker_options{.owner = "test", .pool = "default", .poll = 50ms},
        {.on_claim = [&](db::transaction&, const std::vector<held>&) -> awaitable<std::vector<bool>> {
            co_await sleep(1ms);
            if (++hooked == 1) throw std::runtime_error("the first claim fails");
            co_return std::vector<bool>();
        }},
        [&](held item, std::shared_ptr<progress_token>) -> awaitable<void> {
            EXPECT_EQ(item.token, 1);
            co_await end(std::move(item));
        }
    );
    running.start(1);
    put({{1, "default", 1, 0}});
    EXPECT_TRUE(testing::eventually(5s, [&] { return completed == 1; }));
    runtime.get().block_on(running.stop());
    EXPECT_EQ(hooked, 2);
}

}  // namespace
}  // namespace esm::lease
