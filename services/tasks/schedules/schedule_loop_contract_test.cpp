// What due schedules come to, on both databases, on a clock that the test turns: each time its task, once.
#include <boost/asio/use_future.hpp>
#include <set>

#include "platform/personal_data/erasure.hpp"
#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/database_clock.hpp"
#include "services/tasks/schedules/schedule_loop.hpp"

namespace esm::tasks::schedules {
namespace {

using namespace std::chrono_literals;
using integers = std::vector<std::int64_t>;

constexpr instant_us second_us = 1'000'000, minute_us = 60 * second_us, hour_us = 60 * minute_us;
constexpr instant_us begin_us = 1'767'261'600 * second_us;  // 2026-01-01 10:00

// A type that takes no parameters any more once it is told so.
class picky_handler final : public handler {
public:
    explicit picky_handler(const std::atomic<bool>& refuses) : refuses_(refuses) {}
    std::string_view type() const override { return "picky"; }
    std::string_view parameters_schema() const override { return "{}"; }
    std::vector<field_error> check(const boost::json::object&) const override {
        if (!refuses_) return {};
        return {{"/format", "not_allowed", "is not what it was"}};
    }
    outcome run(work&) const override { return {}; }

private:
    const std::atomic<bool>& refuses_;
};

class schedule_loop_contract : public task_parts {
protected:
    schedule_loop_contract() { handlers_.add(std::make_unique<picky_handler>(refuses_)); }

    schedule_loop_deps loop_deps() {
        return {runtime_, database(), creating_, metrics_, [this](db::database&, deadline) {
                    return clock();
                }};
    }
    awaitable<instant_us> clock() { co_return now_.load(); }

    // Stored with its first time after the clock's.
    schedule add(std::string cron, const std::function<void(definition&)>& change = {}) {
        schedule made;
        made.id = next_id_++;
        made.user_id = 1001;
        made.says.name = "test";
        made.says.cron = std::move(cron);
        made.says.task = R"({"taskType":"external","parameters":{"a":1},"tags":["mine"]})";
        if (change) change(made.says);
        const auto when = timing_of(made.says);
        made.next_run_at = when ? when->next(now_) : now_.load();
        transact([&](db::transaction& tx) -> awaitable<bool> {
            schedule_store::insert(tx, made);
            co_return true;
        });
        return made;
    }
    schedule add_with(missed_runs policy) {
        return add("0 * * * *", [policy](definition& says) { says.missed = policy; });
    }

    std::chrono::milliseconds run_due(schedule_loop& loop) { return runtime_.block_on(loop.run_due()); }
    std::chrono::milliseconds run_due_at(instant_us now) {
        now_ = now;
        return run_due(loop_);
    }

    schedule shown(const schedule& which) {
        return *runtime_.block_on(schedule_store::find(database(), which.id, soon()));
    }

    // Those of the schedule, oldest run first.
    std::vector<task> tasks_of(const schedule& which) {
        task_store::filter only;
        only.tag = tag_of(which.id);
        auto found = runtime_.block_on(task_store::list(database(), only, {}, 1000, soon())).tasks;
        std::sort(found.begin(), found.end(), [](const task& a, const task& b) {
            return a.run_at < b.run_at;
        });
        return found;
    }
    integers runs_of(const schedule& which) {
        integers runs;
        for (const auto& each : tasks_of(which)) runs.push_back(each.run_at - begin_us);
        return runs;
    }

    std::atomic<instant_us> now_{begin_us};
    std::atomic<bool> refuses_{false};
    std::int64_t next_id_{1000};
    schedule_loop loop_{loop_deps(), {1'000ms, 10'000ms, 3}};
};

TEST_P(schedule_loop_contract, a_time_that_has_come_is_a_task) {
    const auto hourly = add("0 * * * *");
    run_due_at(begin_us + hour_us - 1);
    EXPECT_TRUE(tasks_of(hourly).empty());
    run_due_at(begin_us + hour_us);
    const auto tasks = tasks_of(hourly);
    ASSERT_EQ(tasks.size(), 1U);
    EXPECT_EQ(tasks[0].run_at, begin_us + hour_us);
    EXPECT_EQ(tasks[0].user_id, 1001);
    EXPECT_EQ(tasks[0].type, "external");
    EXPECT_EQ(tasks[0].parameters, R"({"a":1})");
    EXPECT_EQ(tasks[0].status, task_status::pending);
    EXPECT_EQ(tasks[0].tags, (std::vector<std::string>{"mine", tag_of(hourly.id)}));
    EXPECT_EQ(tasks[0].correlation_id, fmt::format("schedule-{}-{}", hourly.id, begin_us + hour_us));
    EXPECT_EQ(events_, 1) << "task.created.v1";
    const auto after = shown(hourly);
    EXPECT_EQ(after.next_run_at, begin_us + 2 * hour_us);
    EXPECT_EQ(after.last_run_at, begin_us + hour_us);
    EXPECT_EQ(after.last_task_id, tasks[0].id);
    EXPECT_EQ(after.version, 1) << "a run is no change of what its owner says";
    run_due(loop_);
    EXPECT_EQ(tasks_of(hourly).size(), 1U);
}

TEST_P(schedule_loop_contract, waits_exactly_until_the_next_time) {
    EXPECT_EQ(run_due(loop_), 1'000ms) << "nothing to wait for";
    add("* * * * *");
    EXPECT_EQ(run_due(loop_), 1'000ms);
    EXPECT_EQ(run_due_at(begin_us + minute_us - 300'500), 301ms);
    EXPECT_EQ(run_due_at(begin_us + minute_us), 1'000ms);
    add("0 0 1 1 *", [](definition& says) { says.ends_at = begin_us + hour_us; });
    EXPECT_EQ(run_due(loop_), 1'000ms) << "one that has no further time";
}

TEST_P(schedule_loop_contract, of_many_replicas_one_makes_the_task) {
    constexpr int schedules = 30, steps = 10;
    std::vector<schedule> added;
    for (int i = 0; i < schedules; ++i) added.push_back(add("* * * * * *"));
    schedule_loop other{loop_deps(), {1'000ms, 10'000ms, 3}};
    for (int step = 1; step <= steps; ++step) {
        now_ = begin_us + step * second_us;
        std::vector<std::future<std::chrono::milliseconds>> rounds;
        for (int i = 0; i < 2; ++i) {
            rounds.push_back(asio::co_spawn(runtime_.at(0), loop_.run_due(), asio::use_future));
            rounds.push_back(asio::co_spawn(runtime_.at(1), other.run_due(), asio::use_future));
        }
        for (auto& each : rounds) each.get();
    }
    integers expected;
    for (int step = 1; step <= steps; ++step) expected.push_back(step * second_us);
    for (const auto& each : added) EXPECT_EQ(runs_of(each), expected) << each.id;
}

TEST_P(schedule_loop_contract, more_than_a_round_holds_are_run_in_several) {
    std::vector<schedule> added;
    for (int i = 0; i < 250; ++i) added.push_back(add("* * * * *"));
    now_ = begin_us + minute_us;
    for (int i = 0; i < 3; ++i) run_due(loop_);
    for (const auto& each : added) EXPECT_EQ(runs_of(each), integers{minute_us});
}

TEST_P(schedule_loop_contract, what_was_missed_is_up_to_the_schedule) {
    const auto skip = add_with(missed_runs::skip);
    const auto once = add_with(missed_runs::run_once);
    const auto all = add_with(missed_runs::run_all);
    run_due_at(begin_us + 5 * hour_us + minute_us);
    EXPECT_EQ(runs_of(skip), integers{});
    EXPECT_EQ(runs_of(once), integers{5 * hour_us});
    EXPECT_EQ(runs_of(all), (integers{3 * hour_us, 4 * hour_us, 5 * hour_us})) << "the newest three";
    for (const auto& each : {skip, once, all}) {
        EXPECT_EQ(shown(each).next_run_at, begin_us + 6 * hour_us);
    }
    EXPECT_EQ(shown(skip).last_error, "missed since 2026-01-01T11:00:00.000000Z: the system was down");
    EXPECT_FALSE(shown(skip).last_run_at.has_value());
    EXPECT_EQ(shown(all).last_run_at, begin_us + 5 * hour_us);
    run_due_at(begin_us + 6 * hour_us);
    EXPECT_EQ(runs_of(skip), integers{6 * hour_us});
    EXPECT_FALSE(shown(skip).last_error.has_value());
}

TEST_P(schedule_loop_contract, a_clock_that_goes_back_doubles_nothing) {
    const auto each_minute = add("* * * * *");
    run_due_at(begin_us + minute_us);
    for (const auto now : {begin_us - hour_us, begin_us, begin_us + minute_us}) run_due_at(now);
    EXPECT_EQ(runs_of(each_minute), integers{minute_us});
    run_due_at(begin_us + 2 * minute_us);
    EXPECT_EQ(runs_of(each_minute), (integers{minute_us, 2 * minute_us}));
}

TEST_P(schedule_loop_contract, overlapping_runs_are_left_out_where_it_says_so) {
    const auto allow = add("* * * * *");
    const auto skip = add("* * * * *", [](definition& says) { says.overlap = overlap_policy::skip; });
    for (const auto step : {1, 2, 3}) run_due_at(begin_us + step * minute_us);
    EXPECT_EQ(runs_of(allow).size(), 3U);
    EXPECT_EQ(runs_of(skip), integers{minute_us}) << "its task waits for a worker";
    EXPECT_EQ(shown(skip).last_error, "the task of the run before had not ended");
    ASSERT_TRUE(cancelled(*shown(skip).last_task_id).has_value());
    run_due_at(begin_us + 4 * minute_us);
    EXPECT_EQ(runs_of(skip), (integers{minute_us, 4 * minute_us}));
    EXPECT_FALSE(shown(skip).last_error.has_value());
}

TEST_P(schedule_loop_contract, what_is_made_up_for_does_not_overlap_either) {
    const auto all = add("0 * * * *", [](definition& says) {
        says.missed = missed_runs::run_all;
        says.overlap = overlap_policy::skip;
    });
    run_due_at(begin_us + 5 * hour_us + minute_us);
    EXPECT_EQ(runs_of(all), integers{5 * hour_us});
}

TEST_P(schedule_loop_contract, a_task_that_breaks_its_rules_is_told_and_stops_no_other) {
    const auto picky =
        add("* * * * *", [](definition& says) { says.task = R"({"taskType":"picky","parameters":{}})"; });
    const auto other = add("* * * * *");
    refuses_ = true;
    run_due_at(begin_us + minute_us);
    EXPECT_EQ(runs_of(picky), integers{});
    EXPECT_EQ(runs_of(other), integers{minute_us});
    EXPECT_EQ(shown(picky).last_error, "/task/parameters/format: is not what it was");
    refuses_ = false;
    run_due_at(begin_us + 2 * minute_us);
    EXPECT_EQ(runs_of(picky), integers{2 * minute_us});
}

TEST_P(schedule_loop_contract, a_zone_that_is_missing_here_is_looked_for_again) {
    const auto gone = add("* * * * *", [](definition& says) { says.time_zone = "Mars/Olympus"; });
    run_due(loop_);
    EXPECT_EQ(
        shown(gone).last_error, "\"Mars/Olympus\" is no time zone of the IANA database, such as Europe/Vienna"
    );
    EXPECT_EQ(shown(gone).next_run_at, begin_us + minute_us);
}

TEST_P(schedule_loop_contract, a_deleted_user_gets_no_task) {
    const auto late = add("* * * * *");
    const auto other = add("* * * * *");
    personal_data::erasure erasing{
        runtime_,
        database(),
        "tasks",
        [](db::transaction&, std::int64_t) -> awaitable<bool> { co_return false; }
    };
    transact([&](db::transaction& tx) -> awaitable<bool> {
        co_await erasing.begin(tx, 1001);
        co_return true;
    });
    run_due_at(begin_us + minute_us);
    EXPECT_EQ(runs_of(late), integers{});
    EXPECT_EQ(runs_of(other), integers{});
    EXPECT_EQ(shown(late).last_error, "the account was deleted: no task can be created for it");
    EXPECT_EQ(shown(late).next_run_at, begin_us + 2 * minute_us);
}

TEST_P(schedule_loop_contract, runs_by_itself_on_the_databases_clock) {
    schedule_loop running{{runtime_, database(), creating_, metrics_}, {}};
    running.start();
    now_ = runtime_.block_on(read_clock(database(), soon()));
    EXPECT_LT(std::abs(now_ - now_us()), second_us) << "this machine's, in a test";
    const auto each_second = add("* * * * * *");
    running.wake();
    EXPECT_TRUE(esm::testing::eventually(20s, [&] { return tasks_of(each_second).size() >= 3; }));
    runtime_.block_on(running.stop());
    const auto made = tasks_of(each_second);
    for (std::size_t i = 0; i < made.size(); ++i) {
        EXPECT_EQ(made[i].run_at, *each_second.next_run_at + static_cast<instant_us>(i) * second_us);
        EXPECT_LT(made[i].created_at - made[i].run_at, second_us);
    }
    EXPECT_NE(metrics_.scrape().find("schedule_lag_seconds_count"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    schedule_loop_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks::schedules
