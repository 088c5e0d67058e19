// Works out one measure over the rows that are given to it.
#pragma once

#include "services/tasks/handlers/report_generation/plan.hpp"

namespace esm::tasks::report_generation {

// Values that percentiles keep, over one section: 16 MB.
inline constexpr std::size_t percentile_values_max = 2'000'000;

// The places of a measure's columns in a row.
struct measure_columns {
    std::optional<std::size_t> column;
    std::vector<std::size_t> where;
};

// Whether all rules hold; `places` are those of their columns.
bool fits_all(
    const std::vector<data::filter_rule>& rules,
    const std::vector<std::size_t>& places,
    const std::vector<cell>& row
);

class accumulator {
public:
    // Takes a row; `kept` counts the section's percentile values. The error says what is wrong with the
    // value.
    result<void> take(
        const measure& what, const measure_columns& places, const std::vector<cell>& row, std::size_t& kept
    );
    // Null where there is nothing to work it out from. A text is a view into this.
    cell value(const measure& what);
    // The same as a number; NaN where it is none.
    double number(const measure& what);
    // Takes over what the other took, for those that add up.
    void add(const accumulator& other) {
        rows_ += other.rows_;
        counted_ += other.counted_;
        sum_ += other.sum_;
    }

private:
    std::uint64_t rows_{0};     // given
    std::uint64_t counted_{0};  // that count
    long double sum_{0};
    std::string extreme_;  // encoded: the least or greatest so far
    std::vector<double> values_;
};

inline bool adds_up(aggregation how) {
    return how == aggregation::count || how == aggregation::sum;
}
inline bool is_percentile(aggregation how) {
    return how >= aggregation::p50;
}

}  // namespace esm::tasks::report_generation
