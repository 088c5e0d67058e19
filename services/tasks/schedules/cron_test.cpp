// Cron expressions: what they match on a calendar, and how a mistake in one is told.
#include "services/tasks/schedules/cron.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace esm::tasks::schedules {
namespace {

struct next_case {
    std::string text;
    absl::CivilSecond after;
    absl::CivilSecond next;
};

absl::CivilSecond at(int year, int month, int day, int hour = 0, int minute = 0, int second = 0) {
    return absl::CivilSecond(year, month, day, hour, minute, second);
}

std::string shown(absl::CivilSecond civil) {
    return absl::FormatCivilTime(civil);
}

TEST(cron, matches_the_calendar) {
    const std::vector<next_case> cases{
        // minutes, hours
        {"* * * * *", at(2026, 1, 1), at(2026, 1, 1, 0, 1)},
        {"*/15 * * * *", at(2026, 1, 1, 10, 14, 59), at(2026, 1, 1, 10, 15)},
        {"*/15 * * * *", at(2026, 1, 1, 10, 15), at(2026, 1, 1, 10, 30)},
        {"*/40 * * * *", at(2026, 1, 1, 10, 40), at(2026, 1, 1, 11, 0)},
        {"5/20 * * * *", at(2026, 1, 1, 10, 26), at(2026, 1, 1, 10, 45)},
        {"10-20/5,50 3 * * *", at(2026, 1, 1, 3, 20), at(2026, 1, 1, 3, 50)},
        {"10-20/5,50 3 * * *", at(2026, 1, 1, 3, 50), at(2026, 1, 2, 3, 10)},
        {"59 23 31 12 *", at(2026, 12, 31, 23, 58), at(2026, 12, 31, 23, 59)},
        {"59 23 31 12 *", at(2026, 12, 31, 23, 59), at(2027, 12, 31, 23, 59)},
        {"  0\t6  * *   * ", at(2026, 1, 1, 6), at(2026, 1, 2, 6)},
        // seconds
        {"* * * * * *", at(2026, 12, 31, 23, 59, 59), at(2027, 1, 1)},
        {"*/20 * * * * *", at(2026, 1, 1, 0, 0, 1), at(2026, 1, 1, 0, 0, 20)},
        {"30 0 12 * * *", at(2026, 1, 1, 12, 0, 30), at(2026, 1, 2, 12, 0, 30)},
        // days: both restricted means either, a star in one means both
        {"0 0 13 * FRI", at(2026, 1, 1), at(2026, 1, 2)},
        {"0 0 13 * FRI", at(2026, 1, 9), at(2026, 1, 13)},
        {"0 0 */2 * FRI", at(2026, 1, 1), at(2026, 1, 9)},
        {"0 0 1-7 * */6", at(2026, 1, 5), at(2026, 2, 1)},
        {"0 0 * * 7", at(2026, 1, 1), at(2026, 1, 4)},
        {"0 0 * * 0", at(2026, 1, 1), at(2026, 1, 4)},
        {"0 0 * * 5-7", at(2026, 1, 2), at(2026, 1, 3)},
        {"0 0 * * fri-sun", at(2026, 1, 3), at(2026, 1, 4)},
        {"0 0 * * FRI-SUN", at(2026, 1, 4), at(2026, 1, 9)},
        {"0 9 * * mon-fri", at(2026, 1, 2, 9), at(2026, 1, 5, 9)},
        // month ends, leap days
        {"0 0 31 * *", at(2026, 1, 31), at(2026, 3, 31)},
        {"0 0 30 1,2,4 *", at(2026, 1, 30), at(2026, 4, 30)},
        {"0 0 29 2 *", at(2026, 1, 1), at(2028, 2, 29)},
        {"0 0 29 2 *", at(2096, 2, 29), at(2104, 2, 29)},
        {"0 0 29 FEB */6", at(2004, 2, 29), at(2020, 2, 29)},
        {"0 0 29 FEB */6", at(2088, 2, 29), at(2116, 2, 29)},
        {"0 0 1 jan,JUL *", at(2026, 1, 1), at(2026, 7, 1)},
        // aliases
        {"@yearly", at(2026, 1, 1), at(2027, 1, 1)},
        {"@annually", at(2026, 1, 1), at(2027, 1, 1)},
        {"@monthly", at(2026, 1, 1), at(2026, 2, 1)},
        {"@weekly", at(2026, 1, 1), at(2026, 1, 4)},
        {"@daily", at(2026, 1, 1), at(2026, 1, 2)},
        {"@MIDNIGHT", at(2026, 1, 1), at(2026, 1, 2)},
        {"@hourly", at(2026, 1, 1), at(2026, 1, 1, 1)},
    };
    for (const auto& each : cases) {
        const auto when = cron::parse(each.text);
        ASSERT_TRUE(when.has_value()) << each.text << ": " << when.error().detail;
        const auto next = when->next(each.after);
        ASSERT_TRUE(next.has_value()) << each.text;
        EXPECT_EQ(shown(*next), shown(each.next)) << each.text << " after " << shown(each.after);
    }
}

TEST(cron, ends_with_the_last_year_that_has_a_text) {
    EXPECT_FALSE(cron::parse("0 0 1 1 *")->next(at(9999, 1, 1)).has_value());
    EXPECT_TRUE(cron::parse("0 0 1 1 *")->next(at(9998, 1, 1)).has_value());
}

TEST(cron, knows_those_of_every_hour) {
    for (const auto* each : {"* * * * *", "0 * * * *", "0 0-23 1 * *", "0 0-22,23 * * *", "@hourly"}) {
        EXPECT_TRUE(cron::parse(each)->every_hour()) << each;
    }
    for (const auto* each : {"0 */2 * * *", "0 1-23 * * *", "@daily"}) {
        EXPECT_FALSE(cron::parse(each)->every_hour()) << each;
    }
}

TEST(cron, tells_field_and_place_of_a_mistake) {
    const std::string too_few =
        " instead of 5 (minute, hour, day of month, month, day of week), or 6 with seconds first";
    const std::string aliases = "@yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"* 25 * * *", "field 2 (hour): 25 is not within 0–23"},
        {"0 * 25 * * *", "field 3 (hour): 25 is not within 0–23"},
        {"60 * * * *", "field 1 (minute): 60 is not within 0–59"},
        {"60 * * * * *", "field 1 (second): 60 is not within 0–59"},
        {"* * 0 * *", "field 3 (day of month): 0 is not within 1–31"},
        {"* * * 13 *", "field 4 (month): 13 is not within 1–12"},
        {"* * * * 8", "field 5 (day of week): 8 is not within 0–7"},
        {"99999999999999 * * * *", "field 1 (minute): 99999999999999 is not within 0–59"},
        {"x * * * *", "field 1 (minute): \"x\" is no number"},
        {"-1 * * * *", "field 1 (minute): \"\" is no number"},
        {"1- * * * *", "field 1 (minute): \"\" is no number"},
        {"*5 * * * *", "field 1 (minute): \"*5\" is no number"},
        {"*-5 * * * *", "field 1 (minute): \"*\" is no number"},
        {"+5 * * * *", "field 1 (minute): \"+5\" is no number"},
        {"* * * JANUARY *", "field 4 (month): \"JANUARY\" is no number and no name such as FEB"},
        {"* * * * XYZ", "field 5 (day of week): \"XYZ\" is no number and no name such as MON"},
        {"* * L * *", "field 3 (day of month): \"L\" is no number"},
        {"1,,2 * * * *", "field 1 (minute): an item of the list is empty"},
        {"1, * * * *", "field 1 (minute): an item of the list is empty"},
        {"* 22-3 * * *", "field 2 (hour): 22-3 runs backwards"},
        {"*/0 * * * *", "field 1 (minute): the step \"0\" is not within 1–59"},
        {"* */24 * * *", "field 2 (hour): the step \"24\" is not within 1–23"},
        {"*/ * * * *", "field 1 (minute): the step \"\" is not within 1–59"},
        {"*/2/3 * * * *", "field 1 (minute): the step \"2/3\" is not within 1–59"},
        {"", "0 fields" + too_few},
        {"now", "1 field" + too_few},
        {"* * * *", "4 fields" + too_few},
        {"* * * * * * *", "7 fields" + too_few},
        {"@reboot", "@reboot is none of " + aliases},
        {"@daily *", "2 fields" + too_few},
        {"0 0 30 2 *", "no year has such a date: it would never run"},
        {"0 0 31 4,6,9,11 *", "no year has such a date: it would never run"},
        {std::string(257, '*'), "longer than 256 bytes"},
    };
    for (const auto& [text, message] : cases) {
        const auto when = cron::parse(text);
        ASSERT_FALSE(when.has_value()) << text;
        EXPECT_EQ(when.error().code, errc::validation_failed);
        EXPECT_EQ(when.error().detail, "cron: " + message) << text;
    }
}

}  // namespace
}  // namespace esm::tasks::schedules
