// Zones come from the database by their exact names, and nothing else can be read through one.
#include "platform/calendar/time_zone.hpp"

#include <gtest/gtest.h>

#include <string>

namespace esm::calendar {
namespace {

TEST(time_zone, only_zones_of_the_database) {
    for (const auto* each : {"UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "EST5EDT"}) {
        EXPECT_TRUE(find_zone(each).has_value()) << each;
    }
    for (const std::string each :
         {"",
          "Mars/Olympus",
          "europe/vienna",
          "/etc/passwd",
          "../../../etc/passwd",
          "Europe",
          "file:UTC",
          "Fixed/UTC+05:30:00",
          "localtime",
          "right/UTC",
          "posix/UTC",
          "zone.tab",
          "+01:00"}) {
        const auto found = find_zone(each);
        ASSERT_FALSE(found.has_value()) << each;
        EXPECT_EQ(
            found.error().detail,
            "\"" + each + "\" is no time zone of the IANA database, such as Europe/Vienna"
        );
    }
}

TEST(time_zone, keeps_its_name_and_its_clock) {
    const auto noon = absl::CivilMinute(2026, 7, 1, 12, 0);
    for (const auto& [name, offset_minutes] : std::map<std::string, int>{
             {"UTC", 0},
             {"Etc/UTC", 0},
             {"Etc/GMT+5", -300},
             {"Asia/Calcutta", 330},
             {"Asia/Kolkata", 330},
             {"Europe/Vienna", 120}
         }) {
        const auto zone = find_zone(name);
        ASSERT_TRUE(zone) << name;
        EXPECT_EQ(zone->name(), name);
        EXPECT_EQ(
            absl::FromCivil(noon, absl::UTCTimeZone()) - absl::FromCivil(noon, *zone),
            absl::Minutes(offset_minutes)
        ) << name;
    }
}

TEST(time_zone, a_name_has_limits) {
    for (const auto& each :
         {std::string(65, 'a'), std::string("Europe/Vienna\0", 14), std::string("Europe/Z\xc3\xbcrich")}) {
        const auto found = find_zone(each);
        ASSERT_FALSE(found.has_value()) << each;
        EXPECT_EQ(found.error().code, errc::validation_failed);
    }
}

}  // namespace
}  // namespace esm::calendar
