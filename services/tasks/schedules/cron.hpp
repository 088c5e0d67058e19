// A cron expression as Vixie's crontab(5) has it, with seconds as an optional first field: parsed once, with
// the place of every mistake named, and matched against the calendar. Pure; knows no time zone.
#pragma once

#include <absl/time/civil_time.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "platform/base/result.hpp"

namespace esm::tasks::schedules {

inline constexpr std::size_t cron_max_bytes = 256;

class cron {
public:
    // Five fields (minute, hour, day of month, month, day of week), six with seconds first, or an alias such
    // as
    // @daily. errc::validation_failed says which field is wrong: "cron: field 2 (hour): 25 is not within
    // 0–23". A date that no year has (30 February) is refused too.
    static result<cron> parse(std::string_view text);

    // The first second after `after` on a wall clock that matches; nothing where the next 50 years have none.
    std::optional<absl::CivilSecond> next(absl::CivilSecond after) const;

    // It names every hour: a job that follows real hours, not the hours of a wall clock.
    bool every_hour() const;

private:
    bool matches(absl::CivilDay day) const;

    std::uint64_t seconds_{1};
    std::uint64_t minutes_{0}, hours_{0}, days_{0}, months_{0}, weekdays_{0};
    // The field begins with *: then a day has to match both fields, else one of them is enough.
    bool any_day_{false}, any_weekday_{false};
};

}  // namespace esm::tasks::schedules
