// See timing.hpp.
#include "services/tasks/schedules/timing.hpp"

#include <deque>

namespace esm::tasks::schedules {

namespace {

constexpr instant_us second_us = 1'000'000;

// By the wall clock: each time of the calendar comes to one instant, and later times to no earlier ones.
std::optional<absl::Time> next_by_clock(const cron& when, const absl::TimeZone& zone, absl::Time after) {
    auto civil = zone.At(after).cs;
    while (const auto next = when.next(civil)) {
        const auto found = zone.At(*next);
        const auto instant = found.kind == absl::TimeZone::TimeInfo::SKIPPED ? found.trans : found.pre;
        if (instant > after) return instant;
        civil = *next;
    }
    return std::nullopt;
}

// By real time: from one change of the zone's offset to the next, the wall clock is regular.
std::optional<absl::Time> next_by_hour(const cron& when, const absl::TimeZone& zone, absl::Time after) {
    auto instant = absl::FromUnixSeconds(absl::ToUnixSeconds(after));
    auto civil = zone.At(instant).cs;  // at `instant`
    auto behind = civil;               // where to look from
    while (const auto next = when.next(behind)) {
        absl::TimeZone::CivilTransition change;
        if (!zone.NextTransition(instant, &change) || *next < change.from) {
            return instant + absl::Seconds(*next - civil);
        }
        instant = zone.At(change.to).trans;
        civil = change.to;
        behind = civil - 1;
    }
    return std::nullopt;
}

// The newest `count` runs of those from `from` on and before `end`, oldest first. Looks back further and
// further, so that a schedule of every second costs no more after a year than after an hour.
std::vector<instant_us> newest(const timing& when, instant_us from, instant_us end, std::size_t count) {
    if (count == 0 || from >= end) return {};
    for (instant_us span = 60 * second_us;; span *= 2) {
        const auto begin = std::max(from, end - span);
        std::deque<instant_us> found;
        for (auto next = when.next(begin - 1); next && *next < end; next = when.next(*next)) {
            found.push_back(*next);
            if (found.size() > count) found.pop_front();
        }
        if (found.size() == count || begin == from) return {found.begin(), found.end()};
    }
}

std::size_t missed_count(const catch_up& how) {
    switch (how.policy) {
        case missed_runs::run_once:
            return 1;
        case missed_runs::run_all:
            return how.runs_max;
        default:
            return 0;
    }
}

}  // namespace

std::optional<instant_us> timing::next(instant_us after) const {
    if (starts_at) after = std::max(after, *starts_at - 1);
    const auto from = absl::FromUnixMicros(after);
    const auto found = when.every_hour() ? next_by_hour(when, zone, from) : next_by_clock(when, zone, from);
    if (!found) return std::nullopt;
    const auto instant = absl::ToUnixMicros(*found);
    if (ends_at && instant >= *ends_at) return std::nullopt;
    return instant;
}

run_plan plan_runs(const timing& when, const catch_up& how, instant_us due, instant_us now) {
    const auto on_time = std::max(due, now - how.late_max_us);
    run_plan plan{newest(when, due, on_time, missed_count(how)), {}};
    for (auto next = when.next(on_time - 1); next && *next <= now; next = when.next(*next)) {
        plan.runs.push_back(*next);
    }
    plan.next = when.next(now);
    return plan;
}

}  // namespace esm::tasks::schedules
