// What each kind of answer makes of a notification.
#include "services/notifications/delivery_policy.hpp"

#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr instant_us created = 1'700'000'000'000'000;

notification fresh() {
    notification made;
    made.notification_id = 1000;
    made.status = status::sending;
    made.created_at = created;
    made.version = 2;
    return made;
}

decision decide_by(
    const delivery_policy& policy,
    const notification& before,
    send_answer answer,
    instant_us age = 0,
    double dice = 1.0
) {
    const tried made{"primary", created + age, created + age + 5, std::move(answer)};
    return decide(before, {made}, policy, seconds(7), dice);
}

decision decide_on(const notification& before, send_answer answer, instant_us age = 0, double dice = 1.0) {
    return decide_by({.attempts_max = 3}, before, std::move(answer), age, dice);
}

TEST(delivery_policy, accepted_is_sent) {
    auto before = fresh();
    before.error_message = "451 busy";
    const auto made = decide_on(before, {send_outcome::accepted, "250 OK", {}});
    EXPECT_EQ(made.after.status, status::sent);
    EXPECT_EQ(made.after.sent_at, created + 5);
    EXPECT_FALSE(made.after.error_message.has_value());
    EXPECT_EQ(made.after.attempts, 1);
    EXPECT_EQ(made.after.version, 3);
    EXPECT_EQ(made.log.at(0).outcome, "sent");
    EXPECT_EQ(made.log.at(0).number, 1);
    EXPECT_EQ(made.log.at(0).answer, "250 OK");
    EXPECT_EQ(made.log.at(0).provider, "primary");
    EXPECT_FALSE(made.after.provider_id.has_value());
    EXPECT_FALSE(made.recipient_gone);
}

TEST(delivery_policy, what_the_provider_calls_the_message_is_kept) {
    const auto made = decide_on(fresh(), {send_outcome::accepted, "queued", {}, "SM1"});
    EXPECT_EQ(made.after.provider_id, "SM1");
    const auto later = decide_on(made.after, {send_outcome::accepted, "queued", {}, {}});
    EXPECT_EQ(later.after.provider_id, "SM1") << "an answer without a name does not take it away";
}

TEST(delivery_policy, refused_fails_at_once) {
    const auto made = decide_on(fresh(), {send_outcome::refused, "550 no such user", {}});
    EXPECT_EQ(made.after.status, status::failed);
    EXPECT_EQ(made.after.error_message, "550 no such user");
    EXPECT_EQ(made.log.at(0).outcome, "failed");
    EXPECT_FALSE(made.recipient_gone) << "the next message may be taken";
}

TEST(delivery_policy, a_recipient_that_is_gone_gets_nothing_more) {
    const auto made = decide_on(fresh(), {send_outcome::gone, "550 no such user", {}});
    EXPECT_EQ(made.after.status, status::failed);
    EXPECT_EQ(made.after.error_message, "550 no such user");
    EXPECT_EQ(made.after.refusals, 0);
    EXPECT_EQ(made.log.at(0).outcome, "failed");
    EXPECT_TRUE(made.recipient_gone);
}

TEST(delivery_policy, what_nobody_was_asked_to_send_has_no_attempt) {
    const auto made = end_unsent(fresh(), status::suppressed, "bounced: 550 no such user");
    EXPECT_EQ(made.after.status, status::suppressed);
    EXPECT_EQ(made.after.error_message, "bounced: 550 no such user");
    EXPECT_EQ(made.after.attempts, 0);
    EXPECT_EQ(made.after.version, 3);
    EXPECT_TRUE(made.log.empty());
    EXPECT_FALSE(made.after.sent_at.has_value());
}

TEST(delivery_policy, a_refusal_for_the_moment_backs_off_exponentially_with_full_jitter) {
    auto before = fresh();
    const send_answer busy{send_outcome::try_later, "451 busy", {}};
    EXPECT_EQ(decide_on(before, busy, 0, 1.0).delay, seconds(1));
    EXPECT_EQ(decide_on(before, busy, 0, 0.5).delay, milliseconds(500));
    EXPECT_GE(decide_on(before, busy, 0, 0.0).delay, milliseconds(50));
    before.refusals = 1;
    const auto second = decide_on(before, busy);
    EXPECT_EQ(second.delay, seconds(2));
    EXPECT_EQ(second.after.status, status::retrying);
    EXPECT_EQ(second.log.at(0).outcome, "retry");
}

TEST(delivery_policy, the_backoff_is_capped_at_five_minutes) {
    auto before = fresh();
    before.refusals = 60;
    const send_answer busy{send_outcome::try_later, "451 busy", {}};
    const auto made = decide_by({.attempts_max = 100}, before, busy);
    EXPECT_EQ(made.delay, std::chrono::minutes(5));
}

TEST(delivery_policy, steps_stand_in_place_of_the_backoff_a_tenth_more_or_less) {
    const delivery_policy policy{.attempts_max = 4, .steps = {seconds(5), seconds(30), seconds(300)}};
    const send_answer busy{send_outcome::try_later, "503", {}};
    const auto waits_after = [&](std::int64_t refusals, double dice) {
        auto before = fresh();
        before.refusals = refusals - 1;
        return decide_by(policy, before, busy, 0, dice);
    };
    EXPECT_EQ(waits_after(1, 0.5).delay, seconds(5));
    EXPECT_EQ(waits_after(1, 0.0).delay, milliseconds(4'500));
    EXPECT_EQ(waits_after(1, 1.0).delay, milliseconds(5'500));
    EXPECT_EQ(waits_after(2, 0.5).delay, seconds(30));
    EXPECT_EQ(waits_after(3, 0.5).delay, seconds(300));
    EXPECT_EQ(waits_after(4, 0.5).after.status, status::failed) << "none is left";
    const send_answer named{send_outcome::try_later, "429", seconds(60)};
    EXPECT_EQ(decide_by(policy, fresh(), named, 0, 0.5).delay, seconds(60));
}

TEST(delivery_policy, the_last_step_lasts_where_attempts_are_left) {
    const delivery_policy policy{.attempts_max = 100, .steps = {seconds(5), seconds(30)}};
    auto before = fresh();
    before.refusals = 50;
    const send_answer busy{send_outcome::try_later, "503", {}};
    EXPECT_EQ(decide_by(policy, before, busy, 0, 0.5).delay, seconds(30));
}

TEST(delivery_policy, a_server_that_names_a_few_seconds_each_time_does_not_use_up_the_attempts) {
    auto before = fresh();
    before.refusals = 20;
    const delivery_policy policy{.attempts_max = 30};
    const auto made = decide_by(policy, before, {send_outcome::try_later, "try in 2 seconds", seconds(2)});
    EXPECT_GT(made.delay, seconds(60));
}

TEST(delivery_policy, the_servers_own_delay_wins_over_a_shorter_one) {
    const auto made = decide_on(fresh(), {send_outcome::try_later, "451 in 30 seconds", seconds(30)}, 0, 0.0);
    EXPECT_EQ(made.delay, seconds(30));
}

TEST(delivery_policy, the_last_refusal_fails) {
    auto before = fresh();
    before.refusals = 2;
    EXPECT_EQ(decide_on(before, {send_outcome::try_later, "451 busy", {}}).after.status, status::failed);
}

TEST(delivery_policy, a_channel_that_is_away_counts_only_after_a_day) {
    auto before = fresh();
    before.refusals = 2;
    const send_answer away{send_outcome::away, "connection refused", {}};
    const auto young = decide_on(before, away, 0);
    EXPECT_EQ(young.after.status, status::retrying);
    EXPECT_EQ(young.after.refusals, 2);
    EXPECT_EQ(young.after.attempts, 1);
    EXPECT_EQ(young.delay, seconds(7));
    const auto day = std::chrono::microseconds(hours(24)).count();
    EXPECT_EQ(decide_on(before, away, day).after.status, status::failed);
}

TEST(delivery_policy, what_may_have_arrived_is_sent_again_few_times_and_ever_later) {
    auto before = fresh();
    const send_answer lost{send_outcome::away, "no answer", {}, {}, true};
    const auto first = decide_on(before, lost);
    EXPECT_EQ(first.after.status, status::retrying);
    EXPECT_EQ(first.after.refusals, 1);
    EXPECT_EQ(first.delay, seconds(1)) << "not when the channel may be asked again";
    before.refusals = 2;
    EXPECT_EQ(decide_on(before, lost).after.status, status::failed);
}

TEST(delivery_policy, each_provider_that_was_tried_is_written_down) {
    const tried away{"primary", created, created + 3, {send_outcome::away, "connection refused", {}}};
    const tried taken{"fallback", created + 3, created + 8, {send_outcome::accepted, "250 OK", {}}};
    const auto made = decide(fresh(), {away, taken}, {}, seconds(7), 1.0);
    EXPECT_EQ(made.after.status, status::sent);
    EXPECT_EQ(made.after.attempts, 2);
    EXPECT_EQ(made.after.refusals, 0);
    EXPECT_EQ(made.after.version, 3);
    EXPECT_EQ(made.after.sent_at, created + 8);
    ASSERT_EQ(made.log.size(), 2U);
    EXPECT_EQ(made.log[0].number, 1);
    EXPECT_EQ(made.log[0].provider, "primary");
    EXPECT_EQ(made.log[0].outcome, "retry");
    EXPECT_EQ(made.log[0].answer, "connection refused");
    EXPECT_EQ(made.log[0].finished_at, created + 3);
    EXPECT_EQ(made.log[1].number, 2);
    EXPECT_EQ(made.log[1].provider, "fallback");
    EXPECT_EQ(made.log[1].outcome, "sent");
}

}  // namespace
}  // namespace esm::notifications
