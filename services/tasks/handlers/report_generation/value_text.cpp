// See value_text.hpp.
#include "services/tasks/handlers/report_generation/value_text.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

namespace esm::tasks::report_generation {

namespace {

using namespace std::chrono;

constexpr std::string_view minus = "\u2212";
constexpr std::string_view no_break_space = "\u00a0";
constexpr std::string_view nothing_known = "—";
// Below it whole numbers stay together: years and small ids read better so.
constexpr double grouped_min = 10'000;
constexpr std::array<std::string_view, 12> months{
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December"
};

struct named_unit {
    double size;
    std::string_view name;
};
constexpr std::array<named_unit, 6> byte_units{
    {{0x1p50, "PiB"}, {0x1p40, "TiB"}, {0x1p30, "GiB"}, {0x1p20, "MiB"}, {0x1p10, "KiB"}, {1, "B"}}
};
constexpr std::array<named_unit, 6> time_units{
    {{86400, "d"}, {3600, "h"}, {60, "m"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "µs"}}
};
constexpr std::array<named_unit, 4> count_units{{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}};

void append_grouped(std::string& out, std::string_view digits, std::string_view separator) {
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) out += separator;
        out += digits[i];
    }
}

// `plain` as "-1234.50".
std::string dressed(std::string_view plain, const number_style& style, bool grouped) {
    std::string out;
    const bool negative = plain.starts_with('-');
    if (negative) plain.remove_prefix(1);
    // "-0.00" is no negative number to a reader.
    if (negative && plain.find_first_not_of("0.") != std::string_view::npos) out += minus;
    const auto point = std::min(plain.find('.'), plain.size());
    append_grouped(out, plain.substr(0, point), grouped ? std::string_view(style.thousands) : "");
    if (point < plain.size()) {
        out += style.decimal;
        out += plain.substr(point + 1);
    }
    return out;
}

std::string with_unit(std::string text, const std::string& unit) {
    if (unit.empty()) return text;
    if (unit != "%" && unit != "°") text += no_break_space;
    return text + unit;
}

std::string duration_text(double seconds, int decimals, const number_style& style) {
    const double size = std::abs(seconds);
    const auto short_text = [&](double shown, int digits, std::string unit) {
        return with_unit(format_number(shown, decimals >= 0 ? decimals : digits, style), unit);
    };
    if (size == 0) return with_unit("0", "s");
    if (size < 0.001) return short_text(seconds * 1e6, 0, "µs");
    if (size < 0.9995) return short_text(seconds * 1e3, size < 0.00995 ? 1 : 0, "ms");
    if (size < 59.95) return short_text(seconds, size < 9.95 ? 2 : 1, "s");
    const auto whole = static_cast<std::int64_t>(std::llround(std::min(size, 1e15)));
    const std::string sign(seconds < 0 ? minus : "");
    if (whole < 3600) return fmt::format("{}{}\u00a0m {:02}\u00a0s", sign, whole / 60, whole % 60);
    if (whole < 86400) return fmt::format("{}{}\u00a0h {:02}\u00a0m", sign, whole / 3600, whole / 60 % 60);
    return fmt::format("{}{}\u00a0d {}\u00a0h", sign, whole / 86400, whole / 3600 % 24);
}

sys_time<microseconds> time_of(instant_us instant) {
    return sys_time<microseconds>(microseconds(instant));
}
year_month_day day_of(instant_us instant) {
    return year_month_day(floor<days>(time_of(instant)));
}
instant_us instant_of(sys_days day) {
    return duration_cast<microseconds>(day.time_since_epoch()).count();
}
std::string_view month_name(year_month_day day) {
    return months[static_cast<unsigned>(day.month()) - 1];
}

std::string clock_text(instant_us instant) {
    const auto minute = floor<minutes>(time_of(instant)) - floor<days>(time_of(instant));
    return fmt::format("{:02}:{:02}", minute.count() / 60, minute.count() % 60);
}

std::string instant_text(std::string_view text, value_kind kind) {
    const auto instant = parse_instant(text);
    if (!instant) return std::string(text);
    return kind == value_kind::date ? format_date(*instant) : format_date_time(*instant);
}

std::string automatic_number(double number, const value_format& format, const number_style& style) {
    const int decimals = format.decimals >= 0 ? format.decimals : decimals_of(number, decimals_shown_max);
    const bool grouped = format.kind == value_kind::number || decimals > 0 || std::abs(number) >= grouped_min;
    const auto plain = fmt::format("{:.{}f}", number, decimals);
    return with_unit(dressed(plain, style, grouped), format.unit);
}

// The largest unit that is not larger than the value, or the smallest.
template <std::size_t Count>
const named_unit& unit_for(double value, const std::array<named_unit, Count>& units) {
    for (const auto& each : units) {
        if (value >= each.size) return each;
    }
    return units.back();
}

template <std::size_t Count>
std::string unit_tick(
    double shown,
    const tick_spacing& among,
    const std::array<named_unit, Count>& units,
    double decides,
    const number_style& style
) {
    const auto& unit = unit_for(decides, units);
    const int decimals = decimals_of(among.step / unit.size, 6);
    return with_unit(format_number(shown / unit.size, decimals, style), std::string(unit.name));
}

}  // namespace

number_style style_named(std::string_view example) {
    if (example == "1.234,5") return {".", ","};
    if (example == "1 234.5") return {"\u202f", "."};
    if (example == "1 234,5") return {"\u202f", ","};
    return {};
}

std::string format_number(double number, int decimals, const number_style& style) {
    if (!std::isfinite(number)) return std::string(nothing_known);
    // Beyond this a double has no digit left behind the point, and texts of 300 digits help nobody.
    if (std::abs(number) >= 1e15) return fmt::format("{:.3g}", number);
    return dressed(fmt::format("{:.{}f}", number, decimals), style, true);
}

int decimals_of(double number, int most) {
    double scaled = std::abs(number);
    for (int decimals = 0; decimals < most; ++decimals) {
        if (std::abs(scaled - std::round(scaled)) < 1e-9 * std::max(1.0, scaled)) return decimals;
        scaled *= 10;
    }
    return most;
}

std::string format_value(double shown, const value_format& format, const number_style& style) {
    if (!std::isfinite(shown)) return std::string(nothing_known);
    switch (format.kind) {
        case value_kind::percent: {
            const auto text = format_number(shown * 100, format.decimals >= 0 ? format.decimals : 1, style);
            return text + (style.decimal == "," ? std::string(no_break_space) + "%" : "%");
        }
        case value_kind::bytes: {
            const auto& unit = unit_for(std::abs(shown), byte_units);
            const int decimals = unit.size == 1 ? 0 : format.decimals >= 0 ? format.decimals : 1;
            return with_unit(format_number(shown / unit.size, decimals, style), std::string(unit.name));
        }
        case value_kind::duration:
            return duration_text(shown, format.decimals, style);
        default:
            if (std::abs(shown) >= 1e15) return with_unit(fmt::format("{:.6g}", shown), format.unit);
            return automatic_number(shown, format, style);
    }
}

std::string format_cell(const cell& shown, const value_format& format, const number_style& style) {
    if (shown.is_null()) return {};
    if (shown.is_boolean()) return shown.boolean() ? "yes" : "no";
    const bool instants = format.kind == value_kind::date || format.kind == value_kind::date_time;
    if (shown.is_text()) {
        return instants ? instant_text(shown.text(), format.kind) : std::string(shown.text());
    }
    if (format.kind == value_kind::text || instants) {
        std::string plain;
        data::append_plain(plain, shown);
        return plain;
    }
    const bool plain_kind = format.kind == value_kind::automatic || format.kind == value_kind::number;
    if (shown.is_whole() && plain_kind && format.decimals <= 0) {  // exact beyond 2^53
        const bool grouped = format.kind == value_kind::number || std::abs(shown.number()) >= grouped_min;
        return with_unit(dressed(fmt::format("{}", shown.whole()), style, grouped), format.unit);
    }
    return format_value(shown.number(), format, style);
}

std::string format_tick(
    double shown, const tick_spacing& among, const value_format& format, const number_style& style
) {
    switch (format.kind) {
        case value_kind::percent:
            return format_value(shown, {value_kind::percent, decimals_of(among.step * 100, 6), {}}, style);
        case value_kind::bytes:
            return unit_tick(shown, among, byte_units, among.largest, style);
        case value_kind::duration:
            return unit_tick(shown, among, time_units, among.step, style);
        default:
            break;
    }
    // Up to 99,999 the plain number is as easy to read.
    if (among.largest < 1e5) {
        return with_unit(format_number(shown, decimals_of(among.step, 6), style), format.unit);
    }
    const auto& unit = unit_for(among.largest, count_units);
    const auto number = format_number(shown / unit.size, decimals_of(among.step / unit.size, 6), style);
    return with_unit(shown == 0 ? number : number + std::string(unit.name), format.unit);
}

std::string format_date(instant_us instant) {
    const auto day = day_of(instant);
    return fmt::format(
        "{:04}-{:02}-{:02}",
        static_cast<int>(day.year()),
        static_cast<unsigned>(day.month()),
        static_cast<unsigned>(day.day())
    );
}

std::string format_date_time(instant_us instant) {
    return format_date(instant) + " " + clock_text(instant);
}

std::string format_long_date(instant_us instant) {
    const auto day = day_of(instant);
    return fmt::format(
        "{} {} {}", static_cast<unsigned>(day.day()), month_name(day), static_cast<int>(day.year())
    );
}

instant_us bucket_start(instant_us instant, bucket size) {
    const auto day = floor<days>(time_of(instant));
    switch (size) {
        case bucket::hour:
            return duration_cast<microseconds>(floor<hours>(time_of(instant)).time_since_epoch()).count();
        case bucket::week:
            return instant_of(day - (weekday(day) - Monday));
        case bucket::month: {
            const year_month_day within(day);
            return instant_of(sys_days(within.year() / within.month() / 1));
        }
        default:
            return instant_of(day);
    }
}

instant_us next_bucket(instant_us start, bucket size) {
    constexpr instant_us hour_us = 3'600'000'000;
    switch (size) {
        case bucket::hour:
            return start + hour_us;
        case bucket::week:
            return start + 7 * 24 * hour_us;
        case bucket::month:
            return bucket_start(start + 32 * 24 * hour_us, bucket::month);
        default:
            return start + 24 * hour_us;
    }
}

std::string bucket_label(instant_us start, bucket size) {
    const auto day = day_of(start);
    const auto month = month_name(day).substr(0, 3);
    if (size == bucket::month) return fmt::format("{} {}", month, static_cast<int>(day.year()));
    const auto text = fmt::format("{} {}", static_cast<unsigned>(day.day()), month);
    return size == bucket::hour ? text + " " + clock_text(start) : text;
}

}  // namespace esm::tasks::report_generation
