// The functions of expressions over dates, which are texts: 2026-11-26, or RFC 3339 with a time, whose
// seconds and offset may be absent. What is no such date gives null.
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "services/tasks/handlers/data/expression.hpp"

namespace esm::tasks::data {

namespace {

using arguments = std::span<const cell>;
using namespace std::chrono;

struct moment {
    year_month_day date;
    int hour{0};
    int minute{0};
    int second{0};
    double fraction{0};
    int offset_minutes{0};
};

class moment_reader {
public:
    explicit moment_reader(std::string_view text) : text_(text) {}

    std::optional<moment> read() {
        moment made;
        const int year_number = digits(4);
        expect('-');
        const int month_number = digits(2);
        expect('-');
        const int day_number = digits(2);
        made.date = year(year_number) / month(static_cast<unsigned>(month_number)) /
                    day(static_cast<unsigned>(day_number));
        if (!sound_ || !made.date.ok()) return std::nullopt;
        if (!text_.empty()) read_time(made);
        if (!sound_ || !text_.empty()) return std::nullopt;
        return made;
    }

private:
    bool next_is(char wanted) const { return text_.starts_with(wanted); }
    void expect(char wanted) {
        if (!next_is(wanted)) sound_ = false;
        if (sound_) text_.remove_prefix(1);
    }
    int digits(std::size_t count) {
        int number = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (text_.empty() || text_.front() < '0' || text_.front() > '9') sound_ = false;
            if (!sound_) return 1;
            number = number * 10 + (text_.front() - '0');
            text_.remove_prefix(1);
        }
        return number;
    }
    void read_time(moment& into) {
        if (!next_is('T') && !next_is('t') && !next_is(' ')) sound_ = false;
        if (sound_) text_.remove_prefix(1);
        into.hour = digits(2);
        expect(':');
        into.minute = digits(2);
        if (next_is(':')) {
            expect(':');
            into.second = digits(2);
            if (next_is('.')) read_fraction(into);
        }
        if (into.hour > 23 || into.minute > 59 || into.second > 60) sound_ = false;
        if (sound_ && !text_.empty()) read_offset(into);
    }
    void read_fraction(moment& into) {
        expect('.');
        double unit = 0.1;
        if (text_.empty()) sound_ = false;
        for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; unit /= 10) {
            into.fraction += unit * (text_.front() - '0');
            text_.remove_prefix(1);
        }
    }
    void read_offset(moment& into) {
        if (next_is('Z') || next_is('z')) return text_.remove_prefix(1);
        const int sign = next_is('-') ? -1 : 1;
        if (!next_is('-') && !next_is('+')) sound_ = false;
        if (sound_) text_.remove_prefix(1);
        const int hours = digits(2);
        expect(':');
        into.offset_minutes = sign * (hours * 60 + digits(2));
    }

    std::string_view text_;
    bool sound_{true};
};

std::optional<moment> moment_in(const cell& given) {
    if (!given.is_text()) return std::nullopt;
    return moment_reader(given.text()).read();
}

cell number(long long value) {
    return cell{static_cast<std::int64_t>(value)};
}

// One part of a date; Monday is weekday 1.
enum class date_part : std::uint8_t { year, quarter, month, day, weekday, hour, minute, second };

template <date_part Part>
cell part_of(evaluation&, arguments given) {
    const auto found = moment_in(given[0]);
    if (!found) return {};
    const auto month_number = static_cast<unsigned>(found->date.month());
    switch (Part) {
        case date_part::year:
            return number(static_cast<int>(found->date.year()));
        case date_part::quarter:
            return number((month_number + 2) / 3);
        case date_part::month:
            return number(month_number);
        case date_part::day:
            return number(static_cast<unsigned>(found->date.day()));
        case date_part::weekday:
            return number(weekday(sys_days(found->date)).iso_encoding());
        case date_part::hour:
            return number(found->hour);
        case date_part::minute:
            return number(found->minute);
        case date_part::second:
            return number(found->second);
    }
    return {};
}

cell date_of(evaluation& here, arguments given) {
    const auto found = moment_in(given[0]);
    if (!found) return {};
    return here.text(given[0].text().substr(0, 10));
}

// Seconds since 1970 began in UTC, which a moment without offset is in; with decimals where it has them.
cell epoch(evaluation&, arguments given) {
    const auto found = moment_in(given[0]);
    if (!found) return {};
    const auto days = sys_days(found->date).time_since_epoch().count();
    const auto seconds = static_cast<std::int64_t>(days) * 86400 + found->hour * 3600 +
                         (found->minute - found->offset_minutes) * 60 + found->second;
    if (found->fraction == 0) return cell{seconds};
    return cell{static_cast<double>(seconds) + found->fraction};
}

// The other way, in whole seconds; null beyond the years 0 to 9999.
cell from_epoch(evaluation& here, arguments given) {
    if (!given[0].is_number()) return {};
    const double whole = std::floor(given[0].number());
    if (whole < -62167219200.0 || whole > 253402300799.0) return {};
    const sys_seconds at{seconds(static_cast<std::int64_t>(whole))};
    const auto midnight = floor<days>(at);
    const year_month_day date(midnight);
    const hh_mm_ss time(at - midnight);
    return here.text(fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        time.hours().count(),
        time.minutes().count(),
        time.seconds().count()
    ));
}

constexpr function functions[] = {
    {"date", 1, 1, date_of},
    {"day", 1, 1, part_of<date_part::day>},
    {"epoch", 1, 1, epoch},
    {"from_epoch", 1, 1, from_epoch},
    {"hour", 1, 1, part_of<date_part::hour>},
    {"minute", 1, 1, part_of<date_part::minute>},
    {"month", 1, 1, part_of<date_part::month>},
    {"quarter", 1, 1, part_of<date_part::quarter>},
    {"second", 1, 1, part_of<date_part::second>},
    {"weekday", 1, 1, part_of<date_part::weekday>},
    {"year", 1, 1, part_of<date_part::year>},
};

}  // namespace

std::span<const function> date_functions() {
    return functions;
}

}  // namespace esm::tasks::data
