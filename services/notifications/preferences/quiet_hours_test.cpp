// When a quiet time ends: over midnight, where clocks jump, and in zones of all kinds. All instants are in
// UTC.
#include "services/notifications/preferences/quiet_hours.hpp"

#include <gtest/gtest.h>

#include <string>

namespace esm::notifications {
namespace {

using std::chrono::minutes;

// "22:00-07:00".
quiet_hours quiet(const std::string& time, std::string_view zone, std::string_view days = "1111111") {
    const auto at = [&](std::size_t from) {
        return minutes(std::stoi(time.substr(from, 2)) * 60 + std::stoi(time.substr(from + 3, 2)));
    };
    quiet_hours made{at(0), at(6), *calendar::find_zone(zone), {}};
    for (std::size_t i = 0; i < days.size(); ++i) made.days[i] = days[i] == '1';
    return made;
}

instant_us at(std::string text) {
    text[10] = 'T';
    if (text.size() == 16) text += ":00";
    return *parse_instant(text + "Z");
}

std::string shown(instant_us instant) {
    auto text = format_instant(instant);
    text[10] = ' ';
    if (instant % 1'000'000 != 0) return text;
    return text.substr(0, text.substr(17, 2) == "00" ? 16 : 19);
}

std::string deliverable(const quiet_hours& of, const std::string& now) {
    return shown(deliverable_at(of, at(now)));
}

// Not quiet at this instant.
void expect_open(const quiet_hours& of, const std::string& now) {
    EXPECT_EQ(deliverable(of, now), shown(at(now)));
}

TEST(quiet_hours, over_midnight) {
    const auto night = quiet("22:00-07:00", "Europe/Vienna");
    expect_open(night, "2026-11-26 20:59:59");
    EXPECT_EQ(deliverable(night, "2026-11-26 21:00"), "2026-11-27 06:00");
    EXPECT_EQ(deliverable(night, "2026-11-26 23:30"), "2026-11-27 06:00");
    EXPECT_EQ(deliverable(night, "2026-11-27 05:59:59.999999"), "2026-11-27 06:00");
    expect_open(night, "2026-11-27 06:00");
    expect_open(night, "2026-11-27 12:00:00.000001");
}

TEST(quiet_hours, within_a_day) {
    const auto noon = quiet("12:00-13:30", "America/New_York");
    expect_open(noon, "2026-11-26 16:59:59");
    EXPECT_EQ(deliverable(noon, "2026-11-26 17:00"), "2026-11-26 18:30");
    expect_open(noon, "2026-11-26 18:30");
    const auto morning = quiet("00:00-06:00", "UTC");
    expect_open(morning, "2026-11-26 23:59:59");
    EXPECT_EQ(deliverable(morning, "2026-11-27 00:00"), "2026-11-27 06:00");
    const auto evening = quiet("18:00-00:00", "UTC");
    EXPECT_EQ(deliverable(evening, "2026-12-31 23:59:59"), "2027-01-01 00:00");
    expect_open(evening, "2027-01-01 00:00");
}

TEST(quiet_hours, none_where_start_and_end_are_the_same) {
    for (const auto* each : {"00:00-00:00", "22:00-22:00"}) {
        const auto none = quiet(each, "Europe/Vienna");
        expect_open(none, "2026-11-26 21:00");
        expect_open(none, "2026-11-26 23:00");
        expect_open(none, "2026-11-26 03:00");
    }
}

TEST(quiet_hours, a_night_is_shorter_or_longer_where_the_clock_jumps) {
    // Vienna: 2026-03-29 02:00 becomes 03:00 at 01:00 UTC, 2026-10-25 03:00 becomes 02:00 at 01:00 UTC.
    const auto vienna = quiet("22:00-07:00", "Europe/Vienna");
    EXPECT_EQ(deliverable(vienna, "2026-03-28 21:00"), "2026-03-29 05:00");
    EXPECT_EQ(deliverable(vienna, "2026-10-24 20:00"), "2026-10-25 06:00");
    // New York: 2026-03-08 at 07:00 UTC, 2026-11-01 at 06:00 UTC.
    const auto new_york = quiet("22:00-06:30", "America/New_York");
    EXPECT_EQ(deliverable(new_york, "2026-03-08 03:00"), "2026-03-08 10:30");
    EXPECT_EQ(deliverable(new_york, "2026-11-01 02:00"), "2026-11-01 11:30");
    // Auckland: 2026-04-05 03:00 becomes 02:00, 2026-09-27 02:00 becomes 03:00; both at 14:00 UTC the day
    // before.
    const auto auckland = quiet("22:00-07:00", "Pacific/Auckland");
    EXPECT_EQ(deliverable(auckland, "2026-04-04 09:00"), "2026-04-04 19:00");
    EXPECT_EQ(deliverable(auckland, "2026-09-26 10:00"), "2026-09-26 18:00");
    // Kolkata's clock never jumps.
    const auto kolkata = quiet("21:30-06:15", "Asia/Kolkata");
    expect_open(kolkata, "2026-03-28 15:59:59");
    EXPECT_EQ(deliverable(kolkata, "2026-03-28 16:00"), "2026-03-29 00:45");
    EXPECT_EQ(deliverable(kolkata, "2026-10-24 16:00"), "2026-10-25 00:45");
}

TEST(quiet_hours, a_time_that_is_skipped_is_behind_the_gap) {
    const auto ends_in_it = quiet("22:00-02:30", "Europe/Vienna");
    EXPECT_EQ(deliverable(ends_in_it, "2026-03-29 00:59:59"), "2026-03-29 01:00");
    expect_open(ends_in_it, "2026-03-29 01:00");
    EXPECT_EQ(deliverable(ends_in_it, "2026-03-29 22:00"), "2026-03-30 00:30") << "as usual the night after";
    const auto begins_in_it = quiet("02:30-07:00", "Europe/Vienna");
    expect_open(begins_in_it, "2026-03-29 00:59:59");
    EXPECT_EQ(deliverable(begins_in_it, "2026-03-29 01:00"), "2026-03-29 05:00");
    const auto all_in_it = quiet("02:10-02:50", "Europe/Vienna");
    expect_open(all_in_it, "2026-03-29 00:59:59");
    expect_open(all_in_it, "2026-03-29 01:00");
    EXPECT_EQ(deliverable(all_in_it, "2026-03-30 00:10"), "2026-03-30 00:50");
    // New York skips 02:30 as well.
    EXPECT_EQ(deliverable(quiet("22:00-02:30", "America/New_York"), "2026-03-08 06:59"), "2026-03-08 07:00");
    // Lord Howe goes forward by half an hour: 2026-10-04 02:00 becomes 02:30 at 15:30 UTC the day before.
    EXPECT_EQ(
        deliverable(quiet("22:00-02:15", "Australia/Lord_Howe"), "2026-10-03 15:29"), "2026-10-03 15:30"
    );
    EXPECT_EQ(
        deliverable(quiet("02:15-06:00", "Australia/Lord_Howe"), "2026-10-03 15:30"), "2026-10-03 19:00"
    );
    expect_open(quiet("02:15-06:00", "Australia/Lord_Howe"), "2026-10-03 15:29:59");
}

TEST(quiet_hours, a_time_that_is_doubled_begins_early_and_ends_late) {
    // 02:30 in Vienna is at 00:30 and at 01:30.
    const auto ends_in_it = quiet("22:00-02:30", "Europe/Vienna");
    EXPECT_EQ(deliverable(ends_in_it, "2026-10-25 00:20"), "2026-10-25 01:30");
    EXPECT_EQ(deliverable(ends_in_it, "2026-10-25 00:40"), "2026-10-25 01:30") << "never interrupted";
    expect_open(ends_in_it, "2026-10-25 01:30");
    const auto begins_in_it = quiet("02:30-07:00", "Europe/Vienna");
    expect_open(begins_in_it, "2026-10-25 00:29:59");
    EXPECT_EQ(deliverable(begins_in_it, "2026-10-25 00:30"), "2026-10-25 06:00");
    EXPECT_EQ(deliverable(begins_in_it, "2026-10-25 01:10"), "2026-10-25 06:00") << "never interrupted";
    const auto all_in_it = quiet("02:10-02:40", "Europe/Vienna");
    expect_open(all_in_it, "2026-10-25 00:09:59");
    EXPECT_EQ(deliverable(all_in_it, "2026-10-25 00:10"), "2026-10-25 01:40");
    expect_open(all_in_it, "2026-10-25 01:40");
    // 01:30 in New York is at 05:30 and at 06:30; 02:30 in Auckland at 13:30 and at 14:30 the day before.
    EXPECT_EQ(deliverable(quiet("22:00-01:30", "America/New_York"), "2026-11-01 05:45"), "2026-11-01 06:30");
    EXPECT_EQ(deliverable(quiet("22:00-02:30", "Pacific/Auckland"), "2026-04-04 13:45"), "2026-04-04 14:30");
    // Lord Howe: 2026-04-05 02:00 becomes 01:30; 01:45 is at 14:45 and at 15:15 the day before.
    EXPECT_EQ(
        deliverable(quiet("22:00-01:45", "Australia/Lord_Howe"), "2026-04-04 14:50"), "2026-04-04 15:15"
    );
    expect_open(quiet("01:45-06:00", "Australia/Lord_Howe"), "2026-04-04 14:44:59");
    EXPECT_EQ(
        deliverable(quiet("01:45-06:00", "Australia/Lord_Howe"), "2026-04-04 15:01"), "2026-04-04 19:30"
    );
}

TEST(quiet_hours, days_are_the_local_ones_on_which_it_begins) {
    // 2026-11-27 is a Friday. Friday's and Saturday's nights.
    const auto weekend = quiet("22:00-07:00", "Europe/Vienna", "0000110");
    expect_open(weekend, "2026-11-26 22:00");
    expect_open(weekend, "2026-11-27 02:00");
    EXPECT_EQ(deliverable(weekend, "2026-11-27 21:00"), "2026-11-28 06:00");
    EXPECT_EQ(deliverable(weekend, "2026-11-28 02:00"), "2026-11-28 06:00");
    EXPECT_EQ(deliverable(weekend, "2026-11-29 02:00"), "2026-11-29 06:00");
    expect_open(weekend, "2026-11-29 21:30");
    expect_open(weekend, "2026-11-30 02:00");
    // Monday begins in Auckland on UTC's Sunday.
    const auto monday = quiet("00:30-05:00", "Pacific/Auckland", "1000000");
    EXPECT_EQ(deliverable(monday, "2026-11-29 12:00"), "2026-11-29 16:00");
    expect_open(monday, "2026-11-30 12:00");
    expect_open(quiet("22:00-07:00", "Europe/Vienna", "0000000"), "2026-11-27 02:00");
}

TEST(quiet_hours, one_may_follow_on_another) {
    const auto but_a_minute = quiet("07:00-06:59", "Europe/Vienna");
    EXPECT_EQ(deliverable(but_a_minute, "2026-11-26 06:00"), "2026-11-27 05:59");
    expect_open(but_a_minute, "2026-11-27 05:59:59");
    // The free minute is within the hour that there is twice, or not at all: the night after has it.
    const auto none_free = quiet("02:30-02:29", "Europe/Vienna");
    EXPECT_EQ(deliverable(none_free, "2026-10-24 12:00"), "2026-10-26 01:29");
    EXPECT_EQ(deliverable(none_free, "2026-03-28 12:00"), "2026-03-30 00:29");
}

TEST(quiet_hours, clocks_that_are_set_back_over_midnight_show_a_day_again) {
    // St. John's: 2010-11-07 (a Sunday) 00:01 became 23:01 of the day before, at 02:31 UTC.
    const auto until_evening = quiet("23:45-23:30", "America/St_Johns", "0000100");
    EXPECT_EQ(deliverable(until_evening, "2010-11-07 02:30:30"), "2010-11-07 03:00")
        << "Sunday's first minute";
    const auto from_midnight = quiet("00:00-05:00", "America/St_Johns", "0000001");
    expect_open(from_midnight, "2010-11-07 02:29:59");
    EXPECT_EQ(deliverable(from_midnight, "2010-11-07 02:45"), "2010-11-07 08:30") << "Saturday again";
    // Samoa had no 2011-12-30: the 29th was followed by the 31st, at 10:00 UTC.
    EXPECT_EQ(deliverable(quiet("22:00-07:00", "Pacific/Apia"), "2011-12-30 09:00"), "2011-12-30 17:00");
}

bool is_quiet_by_the_clock(const quiet_hours& of, instant_us now) {
    const auto local = of.zone.At(absl::FromUnixMicros(now)).cs;
    const auto reading = minutes(local.hour() * 60 + local.minute());
    if (of.start < of.end) return of.start <= reading && reading < of.end;
    return of.start <= reading || reading < of.end;
}

// Holds the rule against what a clock on the wall shows, each 20 minutes of a year.
TEST(quiet_hours, no_message_comes_while_the_clock_shows_a_quiet_time) {
    constexpr instant_us step = 20 * 60'000'000LL;
    constexpr instant_us longest = 26 * 3600'000'000LL;
    for (const auto* zone :
         {"UTC",
          "Europe/Vienna",
          "America/New_York",
          "Asia/Kolkata",
          "Pacific/Auckland",
          "Australia/Lord_Howe"}) {
        for (const auto* time : {"22:00-07:00", "01:40-02:20", "02:30-02:00", "12:00-13:00", "00:00-23:40"}) {
            const auto of = quiet(time, zone);
            std::size_t longer = 0;
            for (auto now = at("2026-01-01 00:00"); now < at("2027-01-01 00:00"); now += step) {
                const auto free = deliverable_at(of, now);
                const bool by_the_clock = is_quiet_by_the_clock(of, now);
                const auto place = std::string(zone) + " " + time + " " + shown(now);
                ASSERT_TRUE(free == now || (free > now && free - now <= 2 * longest)) << place;
                ASSERT_FALSE(is_quiet_by_the_clock(of, free)) << place;
                ASSERT_EQ(deliverable_at(of, free), free) << place;
                if (by_the_clock) ASSERT_GT(free, now) << place;
                if (free > now) ASSERT_EQ(deliverable_at(of, free - 1), free) << place;
                if (!by_the_clock && free > now) ++longer;
            }
            EXPECT_LE(longer, 6U) << zone << " " << time << ": quiet beyond the clock's times is rare";
        }
    }
}

}  // namespace
}  // namespace esm::notifications
