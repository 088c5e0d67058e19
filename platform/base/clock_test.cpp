// Instants as text: what goes out, what is taken, what is refused.
#include "platform/base/clock.hpp"

#include <gtest/gtest.h>

namespace esm {
namespace {

TEST(clock, formats_rfc3339_with_microseconds) {
    EXPECT_EQ(format_instant(0), "1970-01-01T00:00:00.000000Z");
    EXPECT_EQ(format_instant(1'741'944'413'589'793), "2025-03-14T09:26:53.589793Z");
    EXPECT_EQ(format_instant(-1), "1969-12-31T23:59:59.999999Z");
    EXPECT_EQ(format_day(1'741'944'413'589'793), "20250314");
}

TEST(clock, parses_what_it_formats) {
    for (const instant_us instant : {0L, 1L, 1'741'944'413'589'793L, -62'135'596'800'000'000L}) {
        EXPECT_EQ(parse_instant(format_instant(instant)), instant);
    }
}

TEST(clock, parses_offsets_and_fractions) {
    EXPECT_EQ(parse_instant("1970-01-01T01:00:00+01:00"), 0);
    EXPECT_EQ(parse_instant("1969-12-31T18:30:00-05:30"), 0);
    EXPECT_EQ(parse_instant("1970-01-01T00:00:00.5Z"), 500'000);
    EXPECT_EQ(parse_instant("1970-01-01t00:00:00.123456789z"), 123'456);
    EXPECT_EQ(parse_instant("2024-02-29T00:00:00Z"), 1'709'164'800'000'000);
}

TEST(clock, refuses_what_is_no_instant) {
    for (const char* text :
         {"",
          "2025",
          "2025-02-29T00:00:00Z",
          "2025-13-01T00:00:00Z",
          "2025-01-01T24:00:00Z",
          "2025-01-01T00:60:00Z",
          "2025-01-01T00:00:00",
          "2025-01-01T00:00:00.Z",
          "2025-01-01T00:00:00.1234567890Z",
          "2025-01-01T00:00:00+24:00",
          "2025-01-01T00:00:00Z ",
          " 2025-01-01T00:00:00Z",
          "2025-1-1T00:00:00Z"}) {
        EXPECT_EQ(parse_instant(text), std::nullopt) << text;
    }
}

TEST(clock, now_is_after_this_was_written) {
    EXPECT_GT(now_us(), *parse_instant("2025-01-01T00:00:00Z"));
}

}  // namespace
}  // namespace esm
