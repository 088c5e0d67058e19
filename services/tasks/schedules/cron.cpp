// See cron.hpp. A set of numbers is one bit each.
#include "services/tasks/schedules/cron.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <span>
#include <string>
#include <vector>

#include "platform/http/text.hpp"

namespace esm::tasks::schedules {

namespace {

constexpr std::array<std::string_view, 12> month_names{
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
};
constexpr std::array<std::string_view, 7> weekday_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct field_kind {
    std::string_view name;
    int lowest;
    int highest;  // that may be written
    int last;     // of *: 7 is Sunday again
    std::span<const std::string_view> names;
};

constexpr std::array<field_kind, 6> kinds{{
    {"second", 0, 59, 59, {}},
    {"minute", 0, 59, 59, {}},
    {"hour", 0, 23, 23, {}},
    {"day of month", 1, 31, 31, {}},
    {"month", 1, 12, 12, month_names},
    {"day of week", 0, 7, 6, weekday_names},
}};

struct alias {
    std::string_view name, fields;
};

constexpr std::array<alias, 7> aliases{{
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
}};

constexpr int sunday = 0, sunday_again = 7;
constexpr int years_ahead = 50;  // 29 February on one weekday comes after 40 years at the latest
constexpr int last_year = 9999;

bool has(std::uint64_t set, int number) {
    return (set >> number & 1U) != 0;
}

error wrong(std::string message) {
    return fail(errc::validation_failed, "cron: " + std::move(message));
}

// One field of the text: what it is, and how a mistake in it is told.
class field_parser {
public:
    field_parser(const field_kind& kind, std::size_t position) : kind_(kind), position_(position) {}

    result<std::uint64_t> parse(std::string_view text) const {
        std::uint64_t set = 0;
        while (true) {
            const auto comma = text.find(',');
            const auto item = parse_item(text.substr(0, comma));
            if (!item) return item;
            set |= *item;
            if (comma == std::string_view::npos) return set;
            text.remove_prefix(comma + 1);
        }
    }

private:
    // "*", "a", "a-b", each with an optional "/step".
    result<std::uint64_t> parse_item(std::string_view item) const {
        if (item.empty()) return refuse("an item of the list is empty");
        const auto slash = item.find('/');
        const auto range = item.substr(0, slash);
        int low = kind_.lowest, high = kind_.last;
        if (range != "*") {
            const auto dash = range.find('-');
            const auto first = parse_number(range.substr(0, dash));
            if (!first) return first.error();
            low = *first;
            if (dash != std::string_view::npos) {
                const auto last = parse_number(range.substr(dash + 1));
                if (!last) return last.error();
                high = *last;
            } else if (slash == std::string_view::npos) {
                high = low;
            }
        }
        if (kind_.highest == sunday_again && high == sunday && low > sunday) high = sunday_again;
        if (high < low) return refuse(fmt::format("{} runs backwards", range));
        auto step = result<int>(1);
        if (slash != std::string_view::npos) step = parse_step(item.substr(slash + 1));
        if (!step) return step.error();
        std::uint64_t set = 0;
        for (int number = low; number <= high; number += *step) {
            set |= 1ULL << (number == sunday_again && kind_.highest == sunday_again ? sunday : number);
        }
        return set;
    }

    result<int> parse_number(std::string_view text) const {
        const auto name = http::lower_case(text);
        for (std::size_t i = 0; i < kind_.names.size(); ++i) {
            if (kind_.names[i] == name) return kind_.lowest + static_cast<int>(i);
        }
        const auto number = read_digits(text);
        if (!number) {
            return refuse(fmt::format(
                "\"{}\" is no number{}", text, kind_.names.empty() ? "" : " and no name such as " + example()
            ));
        }
        if (*number >= kind_.lowest && *number <= kind_.highest) return *number;
        return refuse(fmt::format("{} is not within {}–{}", text, kind_.lowest, kind_.highest));
    }

    result<int> parse_step(std::string_view text) const {
        const auto number = read_digits(text);
        const int largest = kind_.last - kind_.lowest;
        if (number && *number >= 1 && *number <= largest) return *number;
        return refuse(fmt::format("the step \"{}\" is not within 1–{}", text, largest));
    }

    static std::optional<int> read_digits(std::string_view text) {
        unsigned short number = 0;
        const auto* end = text.data() + text.size();
        const auto [stopped, failure] = std::from_chars(text.data(), end, number);
        if (failure == std::errc::result_out_of_range && stopped == end) return 1 << 16;
        if (failure != std::errc{} || stopped != end) return std::nullopt;
        return number;
    }

    std::string example() const {
        std::string name(kind_.names[1]);
        for (auto& each : name) each = static_cast<char>(each - 'a' + 'A');
        return name;
    }

    error refuse(std::string_view what) const {
        return wrong(fmt::format("field {} ({}): {}", position_, kind_.name, what));
    }

    const field_kind& kind_;
    const std::size_t position_;  // in the text, from 1
};

std::vector<std::string_view> split(std::string_view text) {
    constexpr std::string_view blanks = " \t";
    std::vector<std::string_view> fields;
    while (true) {
        text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
        if (text.empty()) return fields;
        fields.push_back(text.substr(0, text.find_first_of(blanks)));
        text.remove_prefix(fields.back().size());
    }
}

error unknown_alias(std::string_view name) {
    std::string known;
    for (const auto& each : aliases) known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
    return wrong(fmt::format("{} is none of {}", name, known));
}

}  // namespace

result<cron> cron::parse(std::string_view text) {
    if (text.size() > cron_max_bytes) return wrong(fmt::format("longer than {} bytes", cron_max_bytes));
    auto fields = split(text);
    if (fields.size() == 1 && fields[0].starts_with('@')) {
        const auto name = http::lower_case(fields[0]);
        const auto found = std::find_if(aliases.begin(), aliases.end(), [&](const alias& each) {
            return each.name == name;
        });
        if (found == aliases.end()) return unknown_alias(fields[0]);
        fields = split(found->fields);
    }
    const bool with_seconds = fields.size() == kinds.size();
    if (!with_seconds && fields.size() != kinds.size() - 1) {
        return wrong(fmt::format(
            "{} field{} instead of 5 (minute, hour, day of month, month, day of week), or 6 with seconds "
            "first",
            fields.size(),
            fields.size() == 1 ? "" : "s"
        ));
    }
    cron read;
    const std::array sets{
        &read.seconds_, &read.minutes_, &read.hours_, &read.days_, &read.months_, &read.weekdays_
    };
    const std::size_t skipped = with_seconds ? 0 : 1;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto set = field_parser(kinds[i + skipped], i + 1).parse(fields[i]);
        if (!set) return set.error();
        *sets[i + skipped] = *set;
    }
    read.any_day_ = fields[2 + (1 - skipped)].starts_with('*');
    read.any_weekday_ = fields.back().starts_with('*');
    if (!read.next(absl::CivilSecond(2000))) return wrong("no year has such a date: it would never run");
    return read;
}

bool cron::every_hour() const {
    return hours_ == (1ULL << 24) - 1;
}

// crontab(5): where both fields are restricted, a day matches either.
bool cron::matches(absl::CivilDay day) const {
    // absl counts weekdays from Monday.
    const int weekday = (static_cast<int>(absl::GetWeekday(day)) + 1) % 7;
    const bool by_day = has(days_, day.day()), by_weekday = has(weekdays_, weekday);
    return any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
}

// The first part that does not match is raised and what is smaller set back, until all of them do.
std::optional<absl::CivilSecond> cron::next(absl::CivilSecond after) const {
    const auto end = std::min<absl::civil_year_t>(after.year() + years_ahead, last_year);
    for (auto at = after + 1; at.year() <= end;) {
        if (!has(months_, at.month())) {
            at = absl::CivilSecond(absl::CivilMonth(at) + 1);
        } else if (!matches(absl::CivilDay(at))) {
            at = absl::CivilSecond(absl::CivilDay(at) + 1);
        } else if (!has(hours_, at.hour())) {
            at = absl::CivilSecond(absl::CivilHour(at) + 1);
        } else if (!has(minutes_, at.minute())) {
            at = absl::CivilSecond(absl::CivilMinute(at) + 1);
        } else if (!has(seconds_, at.second())) {
            ++at;
        } else {
            return at;
        }
    }
    return std::nullopt;
}

}  // namespace esm::tasks::schedules
