// When a schedule runs: its cron expression on the clock of its time zone, between two instants. Pure.
//
// Where a time zone's clock goes forward, a run in the gap is made at the first instant behind it; where it
// goes back, a run in the repeated hour is made the first time. A schedule whose expression names every hour
// follows real hours instead: nothing for the hour that does not exist, twice in the one that exists twice.
// Several times that come to the same instant are one run.
#pragma once

#include <vector>

#include "platform/base/clock.hpp"
#include "platform/calendar/time_zone.hpp"
#include "services/tasks/schedules/cron.hpp"

namespace esm::tasks::schedules {

enum class missed_runs : std::uint8_t { skip, run_once, run_all };

struct timing {
    cron when;
    absl::TimeZone zone;
    std::optional<instant_us> starts_at{};  // no run before it
    std::optional<instant_us> ends_at{};    // no run at or after it

    // The first run after the instant.
    std::optional<instant_us> next(instant_us after) const;
};

// What is made up for, and how much of it.
struct catch_up {
    missed_runs policy{missed_runs::run_once};
    std::int64_t late_max_us{10'000'000};  // a run that is later than this was missed
    std::size_t runs_max{100};             // of missed ones that run_all makes: the newest
};

struct run_plan {
    std::vector<instant_us> runs;    // to be made now, oldest first
    std::optional<instant_us> next;  // the first one after now
};

// `due` is the first run that was not made yet, not after `now`.
run_plan plan_runs(const timing& when, const catch_up& how, instant_us due, instant_us now);

}  // namespace esm::tasks::schedules
