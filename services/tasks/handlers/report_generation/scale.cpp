// See scale.hpp.
#include "services/tasks/handlers/report_generation/scale.hpp"

#include <array>
#include <cmath>

namespace esm::tasks::report_generation {

namespace {

constexpr std::array<double, 21> long_steps_seconds{
    1,    2,    5,    10,    15,    30,    60,    120,    300,    600,     900,
    1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600,
};

double decimal_step(double rough) {
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
        if (rough <= factor * power * (1 + 1e-9)) return factor * power;
    }
    return 10 * power;
}

double step_for(double rough, value_kind kind) {
    if (kind == value_kind::bytes) return std::exp2(std::ceil(std::log2(std::max(rough, 1.0)) - 1e-9));
    if (kind != value_kind::duration || rough <= 0.5) return decimal_step(rough);
    for (const double each : long_steps_seconds) {
        if (rough <= each * (1 + 1e-9)) return each;
    }
    return decimal_step(rough / 86400) * 86400;
}

}  // namespace

std::vector<double> scale::ticks() const {
    std::vector<double> all;
    const auto count = std::llround((high - low) / step);
    for (std::int64_t i = 0; i <= count; ++i) {
        const double tick = low + static_cast<double>(i) * step;
        all.push_back(std::abs(tick) < step * 1e-9 ? 0 : tick);
    }
    return all;
}

tick_spacing scale::spacing() const {
    return {step, std::max(std::abs(low), std::abs(high))};
}

scale make_scale(double low, double high, value_kind kind, int wanted) {
    if (!(high > low)) {  // one value alone, or none
        const double around = std::max(std::abs(high), kind == value_kind::percent ? 0.1 : 1.0);
        if (high > 0) low = 0;
        if (high < 0) {
            low = high;
            high = 0;
        }
        if (!(high > low)) high = low + around;
    }
    scale made;
    made.step = step_for((high - low) / (wanted - 1), kind);
    made.low = std::floor(low / made.step + 1e-9) * made.step;
    made.high = std::max(std::ceil(high / made.step - 1e-9) * made.step, made.low + made.step);
    return made;
}

}  // namespace esm::tasks::report_generation
