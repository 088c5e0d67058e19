// The engine as external workers use it, on both databases.
#include <boost/asio/use_future.hpp>

#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/database_clock.hpp"
#include "services/tasks/external_workers.hpp"

namespace esm::tasks {
namespace {

using namespace std::chrono_literals;
using kind = outcome::kind;

class external_contract : public task_parts {
protected:
    std::vector<leased_task> leased(
        std::string type = "render", std::size_t max = 10, std::string queue = {}
    ) {
        lease_request asked{"worker-7", {std::move(type)}, {}, max};
        if (!queue.empty()) asked.queues.push_back(std::move(queue));
        return runtime_.block_on(outside_.lease(std::move(asked)));
    }
    // One may come late: the lanes are not surveyed at every call.
    leased_task one_leased() {
        std::vector<leased_task> items;
        EXPECT_TRUE(esm::testing::eventually(5s, [&] {
            items = leased("render", 1);
            return !items.empty();
        }));
        return items.empty() ? leased_task{} : items[0];
    }
    // Those of the type, this many.
    std::vector<leased_task> all_leased(std::size_t count) {
        std::vector<leased_task> items;
        for (std::size_t i = 0; i < count; ++i) items.push_back(one_leased());
        return items;
    }
    std::vector<lease::pulse> beat(std::vector<sign_of_life> items) {
        return runtime_.block_on(outside_.heartbeat(std::move(items)));
    }
    lease::pulse beat(const leased_task& one, std::optional<int> progress = {}) {
        return beat(std::vector<sign_of_life>{{one.row.id, one.token, progress}}).at(0);
    }
    bool finish(const leased_task& one, kind how = kind::completed, std::string text = "{}") {
        return runtime_.block_on(outside_.finish({{one.row.id, one.token, how, std::move(text)}})).at(0);
    }
    bool release(const leased_task& one) {
        return runtime_.block_on(outside_.release({{.id = one.row.id, .token = one.token}})).at(0);
    }
    bool log(const leased_task& one, std::vector<log_line> lines) {
        return runtime_.block_on(outside_.append_log(one.row.id, one.token, std::move(lines)));
    }
    std::vector<attempt_store::logged> logged(std::int64_t id) {
        return runtime_.block_on(attempt_store::list_log(database(), id, {}, 0, 0, 5000, soon()));
    }

    external_workers outside_{{runtime_, scratch_.get(), handlers_, changes_, ends_, 60s}};
};

TEST_P(external_contract, a_lease_spans_queues_with_and_without_limits) {
    limit_queues({"limited", "also-limited"}, 100);
    for (const auto* queue : {"default", "limited", "also-limited"}) {
        auto given = of_type("render");
        given.queue = queue;
        for (int i = 0; i < 3; ++i) created(given);
    }
    EXPECT_EQ(leased().size(), 9U);
}

TEST_P(external_contract, from_lease_to_completion) {
    const auto made = created(of_type("render"));
    created(of_type("other"));
    EXPECT_TRUE(leased("unknown").empty());
    const auto items = all_leased(1);
    EXPECT_EQ(items[0].row.id, made.id);
    EXPECT_EQ(items[0].token, 1);
    EXPECT_EQ(items[0].row.status, task_status::running);
    EXPECT_EQ(items[0].row.worker, "worker-7");
    EXPECT_TRUE(leased().empty());
    EXPECT_EQ(beat(items[0], 30), lease::pulse::ok);
    EXPECT_EQ(beat(items[0]), lease::pulse::ok) << "keeps the progress";
    EXPECT_EQ(beat(items[0], 30), lease::pulse::ok);
    EXPECT_EQ(stored(made.id)->progress, 30);
    EXPECT_EQ(stored(made.id)->version, 3);
    EXPECT_TRUE(finish(items[0], kind::completed, R"({"pages":2})"));
    const auto done = stored(made.id);
    EXPECT_EQ(done->status, task_status::completed);
    EXPECT_EQ(done->result, R"({"pages":2})");
    EXPECT_EQ(done->worker, "worker-7");
    EXPECT_EQ(done->progress, 100);
    EXPECT_EQ(done->version, 4) << "created, leased, progress, completed";
    EXPECT_EQ(attempts_of(made.id), std::vector<std::string>{}) << "the task tells of its last attempt";
    EXPECT_FALSE(finish(items[0])) << "once";
    EXPECT_EQ(beat(items[0]), lease::pulse::lost);
}

TEST_P(external_contract, a_failure_is_tried_again_and_a_rejection_is_not) {
    auto given = of_type("render");
    given.max_attempts = 2;
    const auto made = created(given);
    const auto first = one_leased();
    EXPECT_TRUE(finish(first, kind::failed, "the printer is off"));
    const auto waiting = stored(made.id);
    EXPECT_EQ(waiting->status, task_status::retrying);
    EXPECT_EQ(waiting->error_message, "the printer is off");
    EXPECT_EQ(attempts_of(made.id), std::vector<std::string>{"failed"});
    std::vector<leased_task> again;
    EXPECT_TRUE(esm::testing::eventually(5s, [&] {
        transact([](db::transaction& tx) -> awaitable<bool> {
            task_store::promote(tx, co_await lease::promote(tx, 10));
            co_return true;
        });
        again = leased();
        return !again.empty();
    }));
    EXPECT_EQ(again.at(0).token, 2);
    EXPECT_FALSE(finish(first)) << "the first attempt is over";
    EXPECT_TRUE(finish(again[0], kind::failed, "still off"));
    EXPECT_EQ(status_of(made), task_status::failed) << "no attempts left";
    EXPECT_EQ(attempts_of(made.id), std::vector<std::string>{"failed"});

    const auto bad = created(of_type("render"));
    EXPECT_TRUE(finish(one_leased(), kind::rejected, "not a page"));
    EXPECT_EQ(status_of(bad), task_status::failed);
    EXPECT_EQ(stored(bad.id)->error_message, "not a page");
}

TEST_P(external_contract, a_retry_waits_as_long_as_the_worker_says) {
    const auto made = created(of_type("render"));
    const auto mine = one_leased();
    const auto before = runtime_.block_on(read_clock(database(), soon()));
    EXPECT_EQ(
        runtime_.block_on(outside_.finish({{made.id, mine.token, kind::failed, "busy", 3600s}})),
        std::vector{true}
    );
    EXPECT_GE(stored(made.id)->run_at, before + 3'600'000'000);
    EXPECT_TRUE(leased().empty());
}

TEST_P(external_contract, released_work_costs_no_attempt) {
    auto given = of_type("render");
    given.max_attempts = 1;
    const auto made = created(given);
    const auto first = one_leased();
    EXPECT_TRUE(release(first));
    EXPECT_FALSE(release(first));
    const auto back = stored(made.id);
    EXPECT_EQ(back->status, task_status::pending);
    EXPECT_EQ(back->lost_attempts, 1);
    EXPECT_EQ(attempts_of(made.id), std::vector<std::string>{"released"});
    const auto second = one_leased();
    EXPECT_EQ(second.token, 2);
    EXPECT_TRUE(finish(second));
    EXPECT_EQ(status_of(made), task_status::completed);
}

TEST_P(external_contract, a_wrong_token_changes_nothing) {
    const auto made = created(of_type("render"));
    auto wrong = one_leased();
    const auto before = stored(made.id);
    const auto events = events_.load();
    ++wrong.token;
    EXPECT_EQ(beat(wrong, 90), lease::pulse::lost);
    EXPECT_FALSE(finish(wrong));
    EXPECT_FALSE(finish(wrong, kind::failed, "no"));
    EXPECT_FALSE(release(wrong));
    EXPECT_FALSE(log(wrong, {{1, log_severity::info, "not mine"}}));
    wrong.row.id = 424242;
    EXPECT_EQ(beat(wrong, 90), lease::pulse::lost);
    EXPECT_FALSE(finish(wrong));
    EXPECT_EQ(stored(made.id)->version, before->version);
    EXPECT_EQ(stored(made.id)->progress, before->progress);
    EXPECT_TRUE(logged(made.id).empty());
    EXPECT_EQ(events_, events);
}

TEST_P(external_contract, built_in_work_is_not_theirs) {
    auto given = of_type("data_processing");
    given.parameters = {{"format", "csv"}, {"csv", "a"}};
    const auto made = created(given);
    EXPECT_TRUE(leased("data_processing").empty());
    const auto held = claim(std::string(builtin_pool), 1);
    ASSERT_EQ(held.size(), 1U);
    EXPECT_FALSE(finish({made, held[0].token}));
    EXPECT_EQ(beat({made, held[0].token}, 10), lease::pulse::lost);
    EXPECT_EQ(status_of(made), task_status::running);
}

TEST_P(external_contract, time_is_kept_at_heartbeats_and_at_the_end) {
    auto given = of_type("render");
    given.timeout_seconds = 1;
    given.max_attempts = 1;
    const auto silent = created(given), late = created(given);
    given.max_attempts = 2;
    const auto retried = created(given);
    const auto items = all_leased(3);
    for (const auto& each : items) EXPECT_EQ(beat(each), lease::pulse::ok);
    std::this_thread::sleep_for(1100ms);
    const auto item = [&](const task& of) {
        return *std::find_if(items.begin(), items.end(), [&](const auto& each) {
            return each.row.id == of.id;
        });
    };
    EXPECT_EQ(beat(item(silent), 50), lease::pulse::lost);
    EXPECT_EQ(status_of(silent), task_status::timed_out);
    EXPECT_EQ(stored(silent.id)->error_message, "took longer than its 1 s");
    EXPECT_FALSE(finish(item(late)));
    EXPECT_EQ(status_of(late), task_status::timed_out);
    EXPECT_EQ(stored(late.id)->result, std::nullopt);
    EXPECT_EQ(beat(item(retried)), lease::pulse::lost);
    EXPECT_EQ(status_of(retried), task_status::retrying);
    EXPECT_EQ(attempts_of(retried.id), std::vector<std::string>{"timed_out"});
}

TEST_P(external_contract, who_is_asked_to_stop_hears_it_at_the_next_heartbeat) {
    const auto made = created(of_type("render"));
    const auto mine = one_leased();
    EXPECT_TRUE(cancelled(made.id).has_value());
    EXPECT_EQ(beat(mine, 20), lease::pulse::cancel);
    EXPECT_TRUE(finish(mine, kind::failed, "stopped")) << "not tried again";
    EXPECT_EQ(status_of(made), task_status::cancelled);
    EXPECT_EQ(stored(made.id)->error_message, std::nullopt);
    EXPECT_TRUE(leased().empty());

    const auto faster = created(of_type("render"));
    const auto other = one_leased();
    EXPECT_TRUE(cancelled(faster.id).has_value());
    EXPECT_TRUE(finish(other));
    EXPECT_EQ(status_of(faster), task_status::completed) << "it was done before it stopped";

    const auto given_back = created(of_type("render"));
    const auto third = one_leased();
    EXPECT_TRUE(cancelled(given_back.id).has_value());
    EXPECT_TRUE(release(third));
    EXPECT_EQ(status_of(given_back), task_status::cancelled);
    EXPECT_TRUE(leased().empty());
}

TEST_P(external_contract, log_lines_are_kept_up_to_the_attempts_limit) {
    const auto made = created(of_type("render"));
    const auto mine = one_leased();
    EXPECT_TRUE(log(mine, {{5, log_severity::warn, "first"}, {6, log_severity::error, "second"}}));
    const std::vector<log_line> many(700, log_line{7, log_severity::debug, "x"});
    EXPECT_TRUE(log(mine, many));
    EXPECT_TRUE(log(mine, many)) << "the rest is left out";
    EXPECT_TRUE(log(mine, many));
    const auto lines = logged(made.id);
    ASSERT_EQ(lines.size(), 1000U);
    EXPECT_EQ(lines[0].attempt, 1);
    EXPECT_EQ(lines[0].line, 1);
    EXPECT_EQ(lines[0].what.at, 5);
    EXPECT_EQ(lines[0].what.severity, log_severity::warn);
    EXPECT_EQ(lines[0].what.text, "first");
    EXPECT_EQ(lines[999].line, 1000);
    EXPECT_TRUE(release(mine));
    const auto again = one_leased();
    EXPECT_TRUE(log(again, {{8, log_severity::info, "anew"}}));
    EXPECT_EQ(logged(made.id).size(), 1001U) << "the limit is each attempt's";
}

TEST_P(external_contract, queues_can_be_chosen) {
    auto given = of_type("render");
    given.queue = "nightly";
    const auto nightly = created(given);
    const auto usual = created(of_type("render"));
    const auto chosen = leased("render", 10, "nightly");
    ASSERT_EQ(chosen.size(), 1U);
    EXPECT_EQ(chosen[0].row.id, nightly.id);
    EXPECT_EQ(one_leased().row.id, usual.id);
}

TEST_P(external_contract, new_work_wakes_those_who_wait) {
    const auto wait = [&] {
        const std::vector<std::string> types{"render"};
        const auto begun = std::chrono::steady_clock::now();
        std::thread waking([&] {
            std::this_thread::sleep_for(100ms);
            outside_.wake("external:other");
            outside_.wake("external:render");
        });
        const auto arrived = [&]() -> awaitable<bool> {
            co_await outside_.work_arrived(types, deadline_in(10s));
            co_return true;
        };
        runtime_.block_on(arrived());
        waking.join();
        return std::chrono::steady_clock::now() - begun;
    };
    const auto took = wait();
    EXPECT_GE(took, 90ms);
    EXPECT_LT(took, 900ms);
}

TEST_P(external_contract, what_a_lost_worker_held_is_leased_again) {
    external_workers hasty({runtime_, database(), handlers_, changes_, ends_, 1ms});
    const auto made = created(of_type("render"));
    const auto first = runtime_.block_on(hasty.lease({"gone", {"render"}, {}, 1}));
    ASSERT_EQ(first.size(), 1U);
    std::this_thread::sleep_for(20ms);
    transact([&](db::transaction& tx) -> awaitable<bool> {
        co_await ends_.rescue(tx, co_await lease::rescue(tx, 10));
        co_return true;
    });
    EXPECT_EQ(status_of(made), task_status::pending);
    EXPECT_EQ(attempts_of(made.id), std::vector<std::string>{"lost"});
    EXPECT_FALSE(finish(first[0]));
    const auto second = one_leased();
    EXPECT_EQ(second.token, 2);
    EXPECT_EQ(second.row.lost_attempts, 1);
    EXPECT_TRUE(finish(second));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    external_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
