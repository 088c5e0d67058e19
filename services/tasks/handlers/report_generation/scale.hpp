// Axes of numbers: round steps ("Nice Numbers for Graph Labels", Heckbert, Graphics Gems 1990) and where
// values stand. Pure.
#pragma once

#include <vector>

#include "services/tasks/handlers/report_generation/value_text.hpp"

namespace esm::tasks::report_generation {

// From the first to the last of its ticks.
struct scale {
    double low{0};
    double high{1};
    double step{1};

    std::vector<double> ticks() const;
    // 0 at low, 1 at high.
    double place(double value) const { return (value - low) / (high - low); }
    tick_spacing spacing() const;
};

inline constexpr int ticks_wanted = 6;

// Covers low to high with about `wanted` ticks. Steps are 1, 2, 2.5 or 5 times a power of ten; powers of two
// for bytes; seconds, minutes, hours and days for durations.
scale make_scale(double low, double high, value_kind kind, int wanted = ticks_wanted);

}  // namespace esm::tasks::report_generation
