// Instants as the databases and contracts hold them: microseconds since the Unix epoch, UTC; text is RFC
// 3339.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esm {

using instant_us = std::int64_t;
using deadline = std::chrono::steady_clock::time_point;

// The wall clock, in microseconds since the epoch.
instant_us now_us();

// "2026-11-22T20:44:46.123456Z".
std::string format_instant(instant_us instant);

// Takes RFC 3339 with any offset and 0 to 9 fractional digits (digits beyond microseconds are cut).
std::optional<instant_us> parse_instant(std::string_view text);

// "20261122" in UTC.
std::string format_day(instant_us instant);

inline deadline deadline_in(std::chrono::milliseconds duration) {
    return std::chrono::steady_clock::now() + duration;
}

}  // namespace esm
