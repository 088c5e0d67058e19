// How attempts end, on both databases: with types that complete, fail, throw, take too long, or wait to be
// cancelled.
#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/task_runner.hpp"

namespace esm::tasks {
namespace {

using namespace std::chrono_literals;
using kind = outcome::kind;

outcome wait_for_stop(run_control& control) {
    while (!control.should_stop()) std::this_thread::sleep_for(5ms);
    return {kind::stopped, {}};
}

class runner_contract : public task_parts {
protected:
    runner_contract() {
        options_.poll = 20ms;
        options_.progress_every = 20ms;
        options_.lease = 1500ms;
        options_.rescue_every = 200ms;
    }

    ~runner_contract() override { stop(); }

    void start() {
        ends_here_ = std::make_unique<end_attempts>(changes_, policy_, lost_attempts_max_);
        runner_ = std::make_unique<task_runner>(
            task_runner_deps{
                runtime_, database(), handlers_, changes_, *ends_here_, metrics_, nullptr, nullptr
            },
            options_
        );
        runner_->start(0);
    }
    void stop() {
        if (runner_) runtime_.block_on(runner_->stop());
        runner_.reset();
    }

    // The task once `enough` says so of it, or as it is after 20 s.
    task wait_for(std::int64_t id, const std::function<bool(const task&)>& enough) {
        const auto until = std::chrono::steady_clock::now() + 20s;
        for (;;) {
            auto now = *stored(id);
            if (enough(now) || std::chrono::steady_clock::now() > until) return now;
            std::this_thread::sleep_for(10ms);
        }
    }
    task ended(std::int64_t id) {
        return wait_for(id, [](const task& each) { return is_terminal(each.status); });
    }
    task running(std::int64_t id) {
        return wait_for(id, [](const task& each) { return each.status == task_status::running; });
    }

    task_runner_options options_;
    retry_policy policy_{{1ms, 50ms}};
    std::int64_t lost_attempts_max_{5};
    std::unique_ptr<end_attempts> ends_here_;
    std::unique_ptr<task_runner> runner_;
};

TEST_P(runner_contract, work_that_completes) {
    start();
    auto given = of_type("data_processing");
    given.parameters =
        boost::json::parse(R"({"format":"csv","csv":"a\n1\n2\n","steps":[{"op":"limit","count":1}]})")
            .as_object();
    const auto done = ended(created(given).id);
    EXPECT_EQ(done.status, task_status::completed);
    EXPECT_EQ(done.result, R"({"rows":[{"a":1}],"rowCount":1,"inputRows":2})");
    EXPECT_EQ(done.progress, 100);
    EXPECT_EQ(done.attempt, 1);
    EXPECT_EQ(done.version, 3) << "created, started, completed";
    EXPECT_EQ(done.error_message, std::nullopt);
    EXPECT_GE(*done.completed_at, *done.started_at);
    EXPECT_EQ(events_, 3);
    EXPECT_NE(metrics_.scrape().find("tasks_duration_seconds_count{outcome=\"completed\""), std::string::npos)
        << metrics_.scrape();
}

TEST_P(runner_contract, tasks_do_not_wait_behind_long_ones_that_have_all_threads) {
    std::atomic<bool> over{false};
    add_type("uneven", [&](std::string_view parameters, run_control&) -> outcome {
        while (parameters != "{}" && !over) std::this_thread::sleep_for(5ms);
        return {kind::completed, "{}"};
    });
    start();
    auto given = of_type("uneven");
    // So short that many are taken at once from now on.
    for (int i = 0; i < 20; ++i) ended(created(given).id);
    auto patient = given;
    patient.parameters["wait"] = true;
    std::vector<std::int64_t> first, later;
    for (int i = 0; i < 2; ++i) first.push_back(created(patient).id);
    for (const auto id : first) running(id);
    std::this_thread::sleep_for(600ms);
    for (int i = 0; i < 4; ++i) later.push_back(created(given).id);
    std::this_thread::sleep_for(200ms);
    for (const auto id : later) EXPECT_EQ(stored(id)->status, task_status::pending);
    over = true;
    for (const auto id : later) EXPECT_EQ(ended(id).attempt, 1);
}

TEST_P(runner_contract, bad_input_fails_for_good) {
    start();
    auto given = of_type("data_processing");
    given.parameters = boost::json::parse(R"({"format":"csv","csv":"a,b\n1\n"})").as_object();
    const auto failed = ended(created(given).id);
    EXPECT_EQ(failed.status, task_status::failed);
    EXPECT_EQ(failed.attempt, 1);
    EXPECT_EQ(failed.error_message, "csv line 2: row 1 has 1 cells, the header has 2");
    EXPECT_EQ(failed.result, std::nullopt);
}

TEST_P(runner_contract, a_failure_that_may_pass_is_tried_again) {
    std::atomic<int> tries{0};
    add_type("shaky", [&](std::string_view, run_control&) -> outcome {
        if (++tries == 1) return {kind::failed, "not yet"};
        if (tries == 2) throw std::runtime_error("thrown");
        return {kind::completed, "{\"tries\":3}"};
    });
    start();
    const auto done = ended(created(of_type("shaky")).id);
    EXPECT_EQ(done.status, task_status::completed);
    EXPECT_EQ(done.attempt, 3);
    EXPECT_EQ(done.lost_attempts, 0);
    EXPECT_EQ(done.error_message, std::nullopt);
    EXPECT_EQ(attempts_of(done.id), (std::vector<std::string>{"failed", "failed"}));
    EXPECT_EQ(events_, 7) << "created, started and retrying twice, started, completed";
}

TEST_P(runner_contract, retries_end_with_max_attempts) {
    add_type("broken", [](std::string_view, run_control&) -> outcome { throw std::runtime_error("always"); });
    start();
    auto given = of_type("broken");
    given.max_attempts = 2;
    const auto failed = ended(created(given).id);
    EXPECT_EQ(failed.status, task_status::failed);
    EXPECT_EQ(failed.attempt, 2);
    EXPECT_EQ(failed.error_message, "always");
}

TEST_P(runner_contract, a_retry_waits_and_can_be_cancelled) {
    policy_ = retry_policy({24'000h, 24'000h});  // from zero on: long enough never to be soon
    add_type("broken", [](std::string_view, run_control&) -> outcome { return {kind::failed, "no"}; });
    start();
    const auto id = created(of_type("broken")).id;
    const auto waiting = wait_for(id, [](const task& each) { return each.status == task_status::retrying; });
    EXPECT_EQ(waiting.error_message, "no");
    EXPECT_GT(waiting.run_at, waiting.created_at);
    EXPECT_EQ(cancelled(id)->status, task_status::cancelled);
}

TEST_P(runner_contract, too_long_an_attempt_times_out) {
    add_type("slow", [](std::string_view, run_control& control) { return wait_for_stop(control); });
    start();
    auto given = of_type("slow");
    given.timeout_seconds = 1;
    given.max_attempts = 1;
    const auto late = ended(created(given).id);
    EXPECT_EQ(late.status, task_status::timed_out);
    EXPECT_EQ(late.error_message, "took longer than its 1 s");
}

TEST_P(runner_contract, a_running_task_shows_progress_and_stops_when_asked) {
    add_type("slow", [](std::string_view, run_control& control) {
        control.set_progress(40);
        return wait_for_stop(control);
    });
    start();
    const auto id = created(of_type("slow")).id;
    const auto shown = wait_for(id, [](const task& each) { return each.progress == 40; });
    EXPECT_EQ(shown.status, task_status::running);
    const auto asked = cancelled(id);
    ASSERT_TRUE(asked.has_value());
    EXPECT_EQ(asked->status, task_status::running);
    EXPECT_TRUE(asked->cancel_requested);
    const auto after = ended(id);
    EXPECT_EQ(after.status, task_status::cancelled);
    EXPECT_TRUE(after.cancel_requested);
    EXPECT_EQ(cancelled(id).error().code, errc::task_already_terminal);
}

TEST_P(runner_contract, a_failure_while_asked_to_stop_is_a_cancellation) {
    add_type("stubborn", [](std::string_view, run_control& control) -> outcome {
        wait_for_stop(control);
        return {kind::failed, "gave up"};
    });
    start();
    const auto id = created(of_type("stubborn")).id;
    running(id);
    EXPECT_TRUE(cancelled(id).has_value());
    EXPECT_EQ(ended(id).status, task_status::cancelled);
    EXPECT_EQ(runtime_.block_on(task_store::count_waiting(database(), builtin_pool, soon())), 0);
}

TEST_P(runner_contract, what_a_lost_worker_held_runs_again) {
    const auto work = [](std::string_view, run_control&) -> outcome { return {kind::completed, "{}"}; };
    add_type("plain", work);
    auto given = of_type("plain");
    given.max_attempts = 1;
    const auto id = created(given).id;
    // A worker that claims and is never heard of again.
    ASSERT_EQ(claim(std::string(builtin_pool), 1, 100ms).size(), 1U);
    start();
    const auto done = ended(id);
    EXPECT_EQ(done.status, task_status::completed);
    EXPECT_EQ(done.attempt, 2);
    EXPECT_EQ(done.lost_attempts, 1);
    EXPECT_EQ(attempts_of(id), std::vector<std::string>{"lost"});
    EXPECT_EQ(done.version, 5) << "created, claimed, lost, claimed, completed";
}

TEST_P(runner_contract, a_task_that_kills_its_workers_fails_at_last) {
    lost_attempts_max_ = 0;
    add_type("deadly", [](std::string_view, run_control&) -> outcome { return {kind::completed, "{}"}; });
    const auto id = created(of_type("deadly")).id;
    ASSERT_EQ(claim(std::string(builtin_pool), 1, 1ms).size(), 1U);
    start();
    const auto failed = ended(id);
    EXPECT_EQ(failed.status, task_status::failed);
    EXPECT_EQ(failed.error_message, "its worker was lost 1 times");
}

TEST_P(runner_contract, a_stopping_process_gives_its_work_back) {
    std::atomic<int> runs{0};
    add_type("long", [&](std::string_view, run_control& control) -> outcome {
        if (++runs == 1) return wait_for_stop(control);
        return {kind::completed, "{}"};
    });
    start();
    const auto id = created(of_type("long")).id;
    running(id);
    stop();
    EXPECT_EQ(stored(id)->status, task_status::pending);
    EXPECT_EQ(stored(id)->lost_attempts, 1) << "it cost no attempt";
    EXPECT_EQ(attempts_of(id), std::vector<std::string>{"released"}) << "and lost no worker";
    start();
    const auto done = ended(id);
    EXPECT_EQ(done.status, task_status::completed);
    EXPECT_EQ(done.attempt, 2);
}

TEST_P(runner_contract, retries_wait_as_their_type_says) {
    policy_ = retry_policy({24'000h, 24'000h});  // from zero on: long enough never to be soon
    policy_.override_types({"hasty=1ms:2ms"});
    std::atomic<int> hasty{0}, patient{0};
    const auto fails_once = [](std::atomic<int>& tries) -> outcome {
        if (++tries == 1) return {kind::failed, "not yet"};
        return {kind::completed, "{}"};
    };
    add_type("hasty", [&](std::string_view, run_control&) { return fails_once(hasty); });
    add_type("patient", [&](std::string_view, run_control&) { return fails_once(patient); });
    start();
    const auto waits = created(of_type("patient")).id;
    EXPECT_EQ(ended(created(of_type("hasty")).id).status, task_status::completed);
    EXPECT_EQ(
        wait_for(waits, [](const task& each) { return each.status == task_status::retrying; }).attempt, 1
    );
    EXPECT_EQ(patient, 1);
}

// A claim then has a transaction for each queue with limits.
TEST_P(runner_contract, tasks_of_queues_with_and_without_limits_run_at_once) {
    limit_queues({"limited", "also-limited"}, 100);
    add_type("quick", [](std::string_view, run_control&) -> outcome { return {kind::completed, "{}"}; });
    std::vector<std::int64_t> made;
    for (const auto* queue : {"default", "limited", "also-limited"}) {
        auto given = of_type("quick");
        given.queue = queue;
        for (int i = 0; i < 5; ++i) made.push_back(created(given).id);
    }
    start();
    for (const auto id : made) {
        const auto task = ended(id);
        EXPECT_EQ(task.status, task_status::completed);
        EXPECT_EQ(task.attempt, 1);
    }
}

TEST_P(runner_contract, what_was_scheduled_is_pending_when_due_whoever_runs_it) {
    start();
    auto given = of_type("external_thing");
    given.run_at = now_us() + 700'000;
    const auto made = created(given);
    EXPECT_EQ(status_of(made), task_status::scheduled);
    EXPECT_TRUE(claim("external:external_thing").empty());
    const auto due = wait_for(made.id, [](const task& each) { return each.status == task_status::pending; });
    EXPECT_EQ(due.status, task_status::pending);
    EXPECT_EQ(due.version, 2);
    EXPECT_GE(now_us(), given.run_at);
    EXPECT_EQ(claim("external:external_thing").size(), 1U);
}

TEST_P(runner_contract, a_concurrency_key_is_never_exceeded) {
    options_.slots_max = 8;
    options_.threads = 6;
    std::atomic<int> now{0}, most{0}, tries{0};
    add_type("counted", [&](std::string_view, run_control&) -> outcome {
        const int mine = ++now;
        int before = most;
        while (before < mine && !most.compare_exchange_weak(before, mine)) {
        }
        std::this_thread::sleep_for(10ms);
        --now;
        // Retries take a place again.
        if (++tries % 5 == 0) return {kind::failed, "again"};
        return {kind::completed, "{}"};
    });
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 20; ++i) {
        auto given = of_type("counted");
        given.concurrency_key = "k";
        given.concurrency_limit = 2;
        given.max_attempts = 25;
        ids.push_back(created(given).id);
    }
    start();
    for (const auto id : ids) EXPECT_EQ(ended(id).status, task_status::completed);
    EXPECT_EQ(most, 2);
}

TEST_P(runner_contract, many_tasks_each_run_once) {
    std::mutex mutex;
    std::map<std::string, int> runs;
    add_type("count", [&](std::string_view parameters, run_control&) -> outcome {
        const std::lock_guard lock(mutex);
        ++runs[std::string(parameters)];
        return {kind::completed, "{}"};
    });
    start();
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 60; ++i) {
        auto given = of_type("count");
        given.parameters = {{"n", i}};
        ids.push_back(created(given).id);
        runner_->wake();
    }
    for (const auto id : ids) EXPECT_EQ(ended(id).status, task_status::completed);
    EXPECT_EQ(runs.size(), 60U);
    for (const auto& [parameters, times] : runs) EXPECT_EQ(times, 1) << parameters;
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    runner_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
