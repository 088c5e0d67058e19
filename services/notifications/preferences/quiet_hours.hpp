// The hours of a day in which a user wants no messages, on the clock of the user's time zone. A value; pure.
#pragma once

#include <bitset>
#include <chrono>

#include "platform/base/clock.hpp"
#include "platform/calendar/time_zone.hpp"

namespace esm::notifications {

// From `start` up to `end`, which is the next day's where it is not after `start`; no time at all where both
// are the same.
//
// Where the clock goes forward, a start or end in the gap is at the first instant behind it. Where it goes
// back, quiet begins when its start is shown the first time and ends when its end is shown the last time: a
// sleeper is left alone for an hour longer rather than woken.
struct quiet_hours {
    std::chrono::minutes start{0}, end{0};  // since local midnight, less than 24 hours
    absl::TimeZone zone;
    std::bitset<7> days{0x7f};  // the local days on which it begins, Monday first

    friend bool operator==(const quiet_hours&, const quiet_hours&) = default;
};

// `now` where it is not quiet, or the first instant after it that is not.
instant_us deliverable_at(const quiet_hours& of, instant_us now);

}  // namespace esm::notifications
