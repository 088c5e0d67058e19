// The state machine of a task: every state meets every happening.
#include "services/tasks/task.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace esm::tasks {
namespace {

using enum task_status;
constexpr std::optional<task_status> no{};

struct line {
    task_status from;
    std::array<std::optional<task_status>, happening_count> after;
};

// Columns: claimed, completed, failed, failed_once, timed_out, cancelled, given_back, due, unblocked,
// postponed, parent_failed, skipped.
constexpr std::array<line, status_count> table{{
    {scheduled, {running, no, no, no, no, cancelled, no, pending, no, no, no, no}},
    {blocked, {no, no, no, no, no, cancelled, no, no, pending, scheduled, failed, cancelled}},
    {pending, {running, no, no, no, no, cancelled, no, no, no, no, no, no}},
    {running, {no, completed, failed, retrying, timed_out, cancelled, pending, no, no, no, no, no}},
    {retrying, {running, no, no, no, no, cancelled, no, pending, no, no, no, no}},
    {completed, {no, no, no, no, no, no, no, no, no, no, no, no}},
    {failed, {no, no, no, no, no, no, no, no, no, no, no, no}},
    {cancelled, {no, no, no, no, no, no, no, no, no, no, no, no}},
    {timed_out, {no, no, no, no, no, no, no, no, no, no, no, no}},
}};

TEST(task, every_state_meets_every_happening) {
    for (const auto& row : table) {
        for (std::size_t i = 0; i < happening_count; ++i) {
            const auto what = static_cast<happening>(i);
            EXPECT_EQ(next_status(row.from, what), row.after[i]) << name_of(row.from) << " happening " << i;
            task changed;
            changed.status = row.from;
            EXPECT_EQ(apply(changed, what, {.now = 5}), row.after[i].has_value());
            EXPECT_EQ(changed.status, row.after[i].value_or(row.from));
            EXPECT_EQ(changed.version, row.after[i] ? 2 : 1) << "a refused happening changes nothing";
            EXPECT_EQ(changed.completed_at.has_value(), row.after[i] && is_terminal(*row.after[i]));
        }
    }
}

TEST(task, attempts_and_lost_workers_are_counted_apart) {
    task run;
    run.max_attempts = 2;
    EXPECT_TRUE(apply(run, happening::claimed, {.now = 10}));
    EXPECT_EQ(run.attempt, 1);
    EXPECT_EQ(run.lost_attempts, 0);
    EXPECT_TRUE(may_retry(run));
    run.progress = 40;
    EXPECT_TRUE(apply(run, happening::given_back, {.now = 15}));
    EXPECT_EQ(run.lost_attempts, 1);
    EXPECT_TRUE(apply(run, happening::claimed, {.now = 20}));
    EXPECT_EQ(run.attempt, 2);
    EXPECT_EQ(run.progress, 0);
    EXPECT_EQ(run.started_at, 20);
    EXPECT_TRUE(may_retry(run)) << "the lost attempt costs nothing";
    EXPECT_TRUE(apply(run, happening::failed_once, {.now = 30, .error_message = "no", .retry_at = 99}));
    EXPECT_EQ(run.run_at, 99);
    EXPECT_EQ(run.error_message, "no");
    EXPECT_TRUE(apply(run, happening::due, {.now = 99}));
    EXPECT_TRUE(apply(run, happening::claimed, {.now = 100}));
    EXPECT_FALSE(may_retry(run));
}

TEST(task, what_parents_do_to_a_blocked_task) {
    task child;
    child.status = blocked;
    EXPECT_TRUE(apply(child, happening::skipped, {.now = 4, .error_message = "skipped: a parent failed"}));
    EXPECT_EQ(child.error_message, "skipped: a parent failed");
    EXPECT_EQ(child.completed_at, 4);
    EXPECT_FALSE(child.cancel_requested) << "nobody asked";
    EXPECT_FALSE(apply(child, happening::unblocked, {.now = 5}));
}

TEST(task, completion_sets_result_and_clears_the_last_error) {
    task run;
    run.status = running;
    run.error_message = "first try failed";
    run.cancel_requested = true;
    EXPECT_TRUE(apply(run, happening::completed, {.now = 7, .result = "{}"}));
    EXPECT_EQ(run.result, "{}");
    EXPECT_EQ(run.error_message, std::nullopt);
    EXPECT_EQ(run.progress, 100);
    EXPECT_EQ(run.completed_at, 7);
    EXPECT_TRUE(run.cancel_requested) << "it was asked to stop and was faster";
}

TEST(task, names_round_trip) {
    for (const auto& row : table) EXPECT_EQ(parse_status(name_of(row.from)), row.from);
    EXPECT_EQ(parse_status("done"), std::nullopt);
    EXPECT_EQ(parse_priority("critical"), task_priority::critical);
    EXPECT_EQ(parse_priority("Critical"), std::nullopt);
}

TEST(task, references_are_distinct_and_of_their_form) {
    std::set<std::string> seen;
    for (std::int64_t id = 1000; id < 3000; ++id) {
        task named;
        named.id = id;
        named.created_at = 1'741'944'413'589'793;  // 2025-03-14
        const auto reference = reference_of(named);
        EXPECT_EQ(reference.size(), 20U);
        EXPECT_TRUE(reference.starts_with("TASK20250314"));
        seen.insert(reference);
    }
    EXPECT_EQ(seen.size(), 2000U);
}

}  // namespace
}  // namespace esm::tasks
