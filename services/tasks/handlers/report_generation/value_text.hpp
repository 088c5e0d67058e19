// Values as a reader of a report sees them: numbers with separators, shares, sizes, durations, instants in
// UTC.
#pragma once

#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "services/tasks/handlers/data/cell.hpp"

namespace esm::tasks::report_generation {

using data::cell;

// automatic shows a cell as what it is. percent takes a fraction of one, bytes a count, duration seconds,
// date and date_time an RFC 3339 text.
enum class value_kind : std::uint8_t { automatic, text, number, percent, bytes, duration, date, date_time };

struct value_format {
    value_kind kind{value_kind::automatic};
    int decimals{-1};  // below 0: as many as the value needs, at most decimals_shown_max
    std::string unit;  // follows a number
};

inline constexpr int decimals_shown_max = 3;

struct number_style {
    std::string thousands{","};
    std::string decimal{"."};
};

// "1,234.5" for that style; "1.234,5", "1 234.5", "1 234,5" for the others that parameters may name.
number_style style_named(std::string_view example);

// With a real minus sign. Not finite: an em dash.
std::string format_number(double number, int decimals, const number_style& style);

// How many decimals the number needs, up to `most`.
int decimals_of(double number, int most);

// Null is an empty text. What does not fit its kind, such as a text in a column of sizes, is shown as it is.
std::string format_cell(const cell& shown, const value_format& format, const number_style& style);
std::string format_value(double shown, const value_format& format, const number_style& style);

// A tick of an axis: its ticks stand `step` apart and reach `largest`, so that all have the same decimals and
// unit.
struct tick_spacing {
    double step{1};
    double largest{1};
};
std::string format_tick(
    double shown, const tick_spacing& among, const value_format& format, const number_style& style
);

// "2026-11-26", "2026-11-26 14:03".
std::string format_date(instant_us instant);
std::string format_date_time(instant_us instant);
// "26 November 2026".
std::string format_long_date(instant_us instant);

// What a span of time is called on an axis.
enum class bucket : std::uint8_t { none, hour, day, week, month };

// The beginning of the instant's bucket; weeks begin on Monday.
instant_us bucket_start(instant_us instant, bucket size);
instant_us next_bucket(instant_us start, bucket size);
// "14:00", "26 Nov", "Nov 2026"; "26 Nov 14:00" for an hour.
std::string bucket_label(instant_us start, bucket size);

}  // namespace esm::tasks::report_generation
