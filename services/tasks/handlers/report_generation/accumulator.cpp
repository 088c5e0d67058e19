// See accumulator.hpp.
#include "services/tasks/handlers/report_generation/accumulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace esm::tasks::report_generation {

namespace {

double rank_of(aggregation how) {
    switch (how) {
        case aggregation::p50:
            return 0.50;
        case aggregation::p90:
            return 0.90;
        case aggregation::p95:
            return 0.95;
        default:
            return 0.99;
    }
}

// The smallest value that at least this share of the values does not exceed (nearest rank).
double percentile(std::vector<double>& values, double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(values.size()) - 1e-9));
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

cell decoded(const std::string& encoded) {
    std::string_view from = encoded;
    return take_encoded(from);
}

cell number_cell(long double number) {
    const auto real = static_cast<double>(number);
    if (std::abs(real) < 9e15 && real == std::trunc(real)) return cell(static_cast<std::int64_t>(real));
    return cell(real);
}

}  // namespace

bool fits_all(
    const std::vector<data::filter_rule>& rules,
    const std::vector<std::size_t>& places,
    const std::vector<cell>& row
) {
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (!data::fits(rules[i], row[places[i]])) return false;
    }
    return true;
}

result<void> accumulator::take(
    const measure& what, const measure_columns& places, const std::vector<cell>& row, std::size_t& kept
) {
    ++rows_;
    if (!fits_all(what.where, places.where, row)) return {};
    if (!places.column) {
        ++counted_;
        return {};
    }
    const auto& value = row[*places.column];
    if (value.is_null()) return {};
    ++counted_;
    if (what.how == aggregation::count || what.how == aggregation::share) return {};
    if (what.how == aggregation::min || what.how == aggregation::max) {
        const bool better =
            extreme_.empty() || (what.how == aggregation::min ? data::compare(value, decoded(extreme_)) < 0
                                                              : data::compare(value, decoded(extreme_)) > 0);
        if (!better) return {};
        extreme_.clear();
        append_encoded(extreme_, value);
        return {};
    }
    if (!value.is_number()) {
        return fail(
            errc::validation_failed,
            fmt::format(
                "column \"{}\": {} takes numbers, not {}",
                what.column,
                name_of(what.how),
                data::describe(value)
            )
        );
    }
    if (!is_percentile(what.how)) {
        sum_ += value.number();
        return {};
    }
    if (++kept > percentile_values_max) {
        return fail(
            errc::validation_failed,
            fmt::format(
                "column \"{}\": percentiles keep at most {} values: filter the rows",
                what.column,
                percentile_values_max
            )
        );
    }
    values_.push_back(value.number());
    return {};
}

cell accumulator::value(const measure& what) {
    switch (what.how) {
        case aggregation::count:
            return cell(static_cast<std::int64_t>(counted_));
        case aggregation::share:
            return rows_ == 0 ? cell() : cell(static_cast<double>(counted_) / static_cast<double>(rows_));
        case aggregation::sum:
            return number_cell(sum_);
        case aggregation::avg:
            return counted_ == 0 ? cell() : number_cell(sum_ / static_cast<long double>(counted_));
        case aggregation::min:
        case aggregation::max:
            return extreme_.empty() ? cell() : decoded(extreme_);
        default:
            return values_.empty() ? cell() : number_cell(percentile(values_, rank_of(what.how)));
    }
}

double accumulator::number(const measure& what) {
    const auto shown = value(what);
    return shown.is_number() ? shown.number() : std::nan("");
}

}  // namespace esm::tasks::report_generation
