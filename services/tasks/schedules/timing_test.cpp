// When schedules run: on clocks that jump, in zones of all kinds, and after the system was down. Expected
// instants are in UTC.
#include "services/tasks/schedules/timing.hpp"

#include <gtest/gtest.h>

#include <string>

namespace esm::tasks::schedules {
namespace {

using texts = std::vector<std::string>;

constexpr instant_us second_us = 1'000'000;

timing make(std::string_view when, std::string_view zone) {
    return {*cron::parse(when), *calendar::find_zone(zone)};
}

// To the minute, or to the second where it is not whole: "2026-03-29 01:00".
std::string shown(instant_us instant) {
    auto text = format_instant(instant);
    text[10] = ' ';
    return text.substr(0, text.substr(17, 2) == "00" ? 16 : 19);
}

instant_us at(std::string text) {
    text[10] = 'T';
    if (text.size() == 16) text += ":00";
    return *parse_instant(text + "Z");
}

// The first `count` runs after the instant.
texts runs(std::string_view when, std::string_view zone, const std::string& after, std::size_t count) {
    const auto timed = make(when, zone);
    texts found;
    for (auto next = timed.next(at(after)); next && found.size() < count; next = timed.next(*next)) {
        found.push_back(shown(*next));
    }
    return found;
}

TEST(timing, a_run_in_the_gap_is_made_at_its_end_once) {
    // Vienna: 2026-03-29 02:00 becomes 03:00, at 01:00 UTC.
    EXPECT_EQ(
        runs("30 2 * * *", "Europe/Vienna", "2026-03-28 00:00", 3),
        (texts{"2026-03-28 01:30", "2026-03-29 01:00", "2026-03-30 00:30"})
    );
    EXPECT_EQ(
        runs("*/15 2 * * *", "Europe/Vienna", "2026-03-28 01:40", 3),
        (texts{"2026-03-28 01:45", "2026-03-29 01:00", "2026-03-30 00:00"})
    ) << "four times within the gap";
    EXPECT_EQ(
        runs("0 2,3 * * *", "Europe/Vienna", "2026-03-28 23:00", 2),
        (texts{"2026-03-29 01:00", "2026-03-30 00:00"})
    ) << "the run behind the gap is at the same instant";
    EXPECT_EQ(runs("30 2 * * *", "Europe/Vienna", "2026-03-29 00:59:59", 1), texts{"2026-03-29 01:00"});
    // New York: 2026-03-08 02:00 becomes 03:00, at 07:00 UTC.
    EXPECT_EQ(
        runs("30 2 8 3 *", "America/New_York", "2026-01-01 00:00", 2),
        (texts{"2026-03-08 07:00", "2027-03-08 07:30"})
    );
}

TEST(timing, a_run_in_the_repeated_hour_is_made_once) {
    // Vienna: 2026-10-25 03:00 becomes 02:00, at 01:00 UTC.
    EXPECT_EQ(
        runs("30 2 * * *", "Europe/Vienna", "2026-10-24 00:00", 3),
        (texts{"2026-10-24 00:30", "2026-10-25 00:30", "2026-10-26 01:30"})
    );
    EXPECT_EQ(runs("30 2 * * *", "Europe/Vienna", "2026-10-25 01:10", 1), texts{"2026-10-26 01:30"})
        << "asked within the second pass";
    EXPECT_EQ(
        runs("0 1-3 * * *", "Europe/Vienna", "2026-10-24 22:00", 4),
        (texts{"2026-10-24 23:00", "2026-10-25 00:00", "2026-10-25 02:00", "2026-10-26 00:00"})
    );
}

TEST(timing, one_of_every_hour_follows_real_hours) {
    EXPECT_EQ(
        runs("30 * * * *", "Europe/Vienna", "2026-03-29 00:00", 3),
        (texts{"2026-03-29 00:30", "2026-03-29 01:30", "2026-03-29 02:30"})
    );
    EXPECT_EQ(
        runs("30 * * * *", "Europe/Vienna", "2026-10-24 23:00", 4),
        (texts{"2026-10-24 23:30", "2026-10-25 00:30", "2026-10-25 01:30", "2026-10-25 02:30"})
    );
    EXPECT_EQ(
        runs("0 * * * *", "Europe/Vienna", "2026-10-25 00:00", 2),
        (texts{"2026-10-25 01:00", "2026-10-25 02:00"})
    );
    EXPECT_EQ(
        runs("*/20 * 29 3 *", "Europe/Vienna", "2026-03-29 00:40", 2),
        (texts{"2026-03-29 01:00", "2026-03-29 01:20"})
    );
    EXPECT_EQ(
        runs("0 * 1 1 *", "Europe/Vienna", "2026-01-01 22:00", 2),
        (texts{"2026-12-31 23:00", "2027-01-01 00:00"})
    ) << "over two changes";
}

TEST(timing, zones_of_all_kinds) {
    EXPECT_EQ(runs("0 9 * * *", "Asia/Kolkata", "2026-01-01 00:00", 1), texts{"2026-01-01 03:30"});
    EXPECT_EQ(runs("0 9 * * *", "Asia/Kathmandu", "2026-01-01 00:00", 1), texts{"2026-01-01 03:15"});
    // Lord Howe goes forward by half an hour: 2026-10-04 02:00 becomes 02:30, at 15:30 UTC the day before.
    EXPECT_EQ(
        runs("15 2 * * *", "Australia/Lord_Howe", "2026-10-02 16:00", 3),
        (texts{"2026-10-03 15:30", "2026-10-04 15:15", "2026-10-05 15:15"})
    );
    // Samoa had no 2011-12-30 at all: it changed sides of the date line, at 10:00 UTC.
    EXPECT_EQ(
        runs("0 12 30 12 *", "Pacific/Apia", "2011-01-01 00:00", 2),
        (texts{"2011-12-30 10:00", "2012-12-29 22:00"})
    );
    // Before 1946 Kolkata was at +05:53:28 until 1870, and at +06:30 in the war.
    EXPECT_EQ(runs("0 12 1 1 *", "Asia/Kolkata", "1943-12-31 12:00", 1), texts{"1944-01-01 05:30"});
    EXPECT_EQ(runs("0 12 * * *", "Asia/Kolkata", "1850-01-01 00:00", 1), texts{"1850-01-01 06:06:32"});
    // What comes behind the transitions that the file lists follows its rule.
    EXPECT_EQ(runs("0 12 1 7 *", "Europe/Vienna", "2060-01-01 00:00", 1), texts{"2060-07-01 10:00"});
    EXPECT_EQ(runs("0 0 29 2 *", "UTC", "2097-01-01 00:00", 1), texts{"2104-02-29 00:00"});
}

TEST(timing, runs_between_its_instants) {
    auto timed = make("0 * * * *", "UTC");
    timed.starts_at = at("2026-01-01 10:00");
    timed.ends_at = at("2026-01-01 12:00");
    EXPECT_EQ(shown(*timed.next(at("2020-01-01 00:00"))), "2026-01-01 10:00");
    EXPECT_EQ(shown(*timed.next(at("2026-01-01 10:00"))), "2026-01-01 11:00");
    EXPECT_FALSE(timed.next(at("2026-01-01 11:00")).has_value()) << "the end is not part of it";
}

texts planned(missed_runs policy, std::string_view when, const std::string& due, const std::string& now) {
    const auto plan = plan_runs(make(when, "UTC"), {policy, 10 * second_us, 3}, at(due), at(now));
    texts found;
    for (const auto each : plan.runs) found.push_back(shown(each));
    found.push_back("then " + shown(plan.next.value()));
    return found;
}

TEST(timing, a_run_in_time_is_made_by_every_policy) {
    for (const auto each : {missed_runs::skip, missed_runs::run_once, missed_runs::run_all}) {
        EXPECT_EQ(
            planned(each, "0 * * * *", "2026-01-01 10:00", "2026-01-01 10:00:10"),
            (texts{"2026-01-01 10:00", "then 2026-01-01 11:00"})
        );
        EXPECT_EQ(
            planned(each, "*/2 * * * * *", "2026-01-01 10:00:02", "2026-01-01 10:00:07"),
            (texts{
                "2026-01-01 10:00:02",
                "2026-01-01 10:00:04",
                "2026-01-01 10:00:06",
                "then 2026-01-01 10:00:08"
            })
        ) << "of a short halt nothing is missed";
    }
}

TEST(timing, what_was_missed_is_up_to_the_policy) {
    const auto down = [](missed_runs policy) {
        return planned(policy, "0 * * * *", "2026-01-01 03:00", "2026-01-01 10:30");
    };
    EXPECT_EQ(down(missed_runs::skip), texts{"then 2026-01-01 11:00"});
    EXPECT_EQ(down(missed_runs::run_once), (texts{"2026-01-01 10:00", "then 2026-01-01 11:00"}));
    EXPECT_EQ(
        down(missed_runs::run_all),
        (texts{"2026-01-01 08:00", "2026-01-01 09:00", "2026-01-01 10:00", "then 2026-01-01 11:00"})
    ) << "at most three";
    EXPECT_EQ(
        planned(missed_runs::run_all, "0 * * * *", "2026-01-01 09:00", "2026-01-01 10:30"),
        (texts{"2026-01-01 09:00", "2026-01-01 10:00", "then 2026-01-01 11:00"})
    );
    EXPECT_EQ(
        planned(missed_runs::run_once, "0 * * * *", "2026-01-01 03:00", "2026-01-01 10:00:05"),
        (texts{"2026-01-01 09:00", "2026-01-01 10:00", "then 2026-01-01 11:00"})
    ) << "one for what was missed, and the one that is in time";
    EXPECT_EQ(
        planned(missed_runs::skip, "0 * * * *", "2026-01-01 03:00", "2026-01-01 10:00:05"),
        (texts{"2026-01-01 10:00", "then 2026-01-01 11:00"})
    );
}

TEST(timing, years_of_seconds_missed_cost_no_more_than_a_few) {
    const auto plan = plan_runs(
        make("* * * * * *", "Europe/Vienna"),
        {missed_runs::run_all, 10 * second_us, 100},
        at("1970-01-02 00:00"),
        at("2026-01-01 00:00")
    );
    EXPECT_EQ(plan.runs.size(), 100U + 11U);
    EXPECT_EQ(shown(plan.runs.front()), "2025-12-31 23:58:10");
}

TEST(timing, the_last_run_has_no_next) {
    auto timed = make("0 * * * *", "UTC");
    timed.ends_at = at("2026-01-01 11:00");
    const auto plan = plan_runs(timed, {}, at("2026-01-01 10:00"), at("2026-01-01 10:00"));
    EXPECT_EQ(plan.runs.size(), 1U);
    EXPECT_FALSE(plan.next.has_value());
}

}  // namespace
}  // namespace esm::tasks::schedules
