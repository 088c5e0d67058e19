// See clock.hpp. Days are converted by std::chrono's proleptic Gregorian calendar; no locale, no time zone
// database.
#include "platform/base/clock.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

namespace esm {

namespace {

constexpr std::int64_t micros_a_second = 1'000'000;

// Reads exactly `digits` decimal digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return value;
}

bool take_char(std::string_view& text, std::string_view allowed) {
    if (text.empty() || allowed.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_fraction_us(std::string_view& text) {
    if (!take_char(text, ".")) return 0;
    std::int64_t micros = 0;
    int digits = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), ++digits) {
        if (digits < 6) micros = micros * 10 + (text.front() - '0');
    }
    if (digits == 0 || digits > 9) return std::nullopt;
    for (; digits < 6; ++digits) micros *= 10;
    return micros;
}

std::optional<std::int64_t> take_offset_s(std::string_view& text) {
    if (take_char(text, "Zz")) return 0;
    if (text.empty()) return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    if (!take_char(text, "+-")) return std::nullopt;
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23 || !take_char(text, ":")) return std::nullopt;
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    return sign * (*hours * 3600 + *minutes * 60);
}

std::optional<std::int64_t> take_date_time_s(std::string_view& text) {
    const auto year = take_number(text, 4);
    if (!year || !take_char(text, "-")) return std::nullopt;
    const auto month = take_number(text, 2);
    if (!month || !take_char(text, "-")) return std::nullopt;
    const auto day = take_number(text, 2);
    if (!day || !take_char(text, "Tt ")) return std::nullopt;
    const auto hour = take_number(text, 2);
    if (!hour || *hour > 23 || !take_char(text, ":")) return std::nullopt;
    const auto minute = take_number(text, 2);
    if (!minute || *minute > 59 || !take_char(text, ":")) return std::nullopt;
    const auto second = take_number(text, 2);
    if (!second || *second > 60) return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year(*year),
        std::chrono::month(static_cast<unsigned>(*month)),
        std::chrono::day(static_cast<unsigned>(*day))
    };
    if (!date.ok()) return std::nullopt;
    const auto days = std::chrono::sys_days(date).time_since_epoch().count();
    return static_cast<std::int64_t>(days) * 86400 + *hour * 3600 + *minute * 60 + *second;
}

struct calendar_day {
    std::chrono::year_month_day date;
    std::int64_t micros_of_day;
};

calendar_day split(instant_us instant) {
    const std::chrono::sys_time<std::chrono::microseconds> point{std::chrono::microseconds(instant)};
    const auto day = std::chrono::floor<std::chrono::days>(point);
    return {std::chrono::year_month_day(day), (point - day).count()};
}

}  // namespace

instant_us now_us() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::string format_instant(instant_us instant) {
    const auto [date, micros] = split(instant);
    const auto seconds = micros / micros_a_second;
    return fmt::format(
        FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z"),
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        micros % micros_a_second
    );
}

std::optional<instant_us> parse_instant(std::string_view text) {
    const auto seconds = take_date_time_s(text);
    if (!seconds) return std::nullopt;
    const auto fraction = take_fraction_us(text);
    if (!fraction) return std::nullopt;
    const auto offset = take_offset_s(text);
    if (!offset || !text.empty()) return std::nullopt;
    return (*seconds - *offset) * micros_a_second + *fraction;
}

std::string format_day(instant_us instant) {
    const auto date = split(instant).date;
    return fmt::format(
        FMT_COMPILE("{:04}{:02}{:02}"),
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day())
    );
}

}  // namespace esm
