// See aggregate.hpp.
#include "services/tasks/handlers/data/aggregate.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <new>

namespace esm::tasks::data {

namespace {

constexpr std::array<std::string_view, 7> names{
    "sum", "avg", "mean", "min", "max", "count", "count_distinct"
};

__extension__ using wide_integer = __int128;  // holds the sum of any number of 64-bit rows

struct number_sum {
    wide_integer whole;  // of whole numbers
    long double real;    // of the others, and what that rounded away (Neumaier 1974)
    long double lost;
    std::int64_t count;
};

void add_real(number_sum& into, long double given) {
    const auto sum = into.real + given;
    if (std::isfinite(sum)) {
        into.lost +=
            std::fabs(into.real) >= std::fabs(given) ? (into.real - sum) + given : (given - sum) + into.real;
    }
    into.real = sum;
}

bool is_number_sum(aggregation function) {
    return function == aggregation::sum || function == aggregation::avg || function == aggregation::mean;
}
bool is_extreme(aggregation function) {
    return function == aggregation::min || function == aggregation::max;
}

std::size_t state_bytes(aggregation function) {
    if (is_number_sum(function)) return sizeof(number_sum);
    return is_extreme(function) ? sizeof(cell) : sizeof(std::int64_t);
}

}  // namespace

std::string_view name_of(aggregation function) {
    return names[static_cast<std::size_t>(function)];
}

group_layout::group_layout(std::size_t keys, std::size_t firsts, std::vector<aggregate> aggregates)
    : keys_(keys), firsts_(firsts), aggregates_(std::move(aggregates)) {
    bytes_ = sizeof(entry);
    for (std::size_t i = 0; i < keys + firsts; ++i, bytes_ += sizeof(cell)) cell_offsets_.push_back(bytes_);
    for (const auto& each : aggregates_) {
        offsets_.push_back(bytes_);
        if (is_extreme(each.function)) cell_offsets_.push_back(bytes_);
        bytes_ += (state_bytes(each.function) + 15) / 16 * 16;
    }
}

void group_layout::begin(entry* of) const {
    for (std::size_t i = 0; i < aggregates_.size(); ++i) {
        const auto function = aggregates_[i].function;
        auto* place = reinterpret_cast<char*>(of) + offsets_[i];
        if (is_number_sum(function)) {
            new (place) number_sum{};
        } else if (is_extreme(function)) {
            new (place) cell();
        } else {
            new (place) std::int64_t{0};
        }
    }
}

checked<void> group_layout::add(
    std::size_t aggregate, const cell* column, std::size_t rows, entry* const* groups, arena& texts
) const {
    const auto function = aggregates_[aggregate].function;
    if (is_number_sum(function)) return add_numbers(aggregate, column, rows, groups);
    if (is_extreme(function)) return add_extremes(aggregate, column, rows, groups, texts);
    for (std::size_t i = 0; i < rows; ++i) {
        if (!column || !column[i].is_null()) ++state<std::int64_t>(groups[i], aggregate);
    }
    return {};
}

void group_layout::add_count(std::size_t aggregate, entry* of, std::int64_t more) const {
    state<std::int64_t>(of, aggregate) += more;
}

checked<void> group_layout::add_numbers(
    std::size_t aggregate, const cell* column, std::size_t rows, entry* const* groups
) const {
    for (std::size_t i = 0; i < rows; ++i) {
        const auto& given = column[i];
        if (given.is_null()) continue;
        auto& into = state<number_sum>(groups[i], aggregate);
        if (given.is_whole()) {
            into.whole += given.whole();
        } else if (given.is_number()) {
            add_real(into, static_cast<long double>(given.real()));
        } else {
            const auto& what = aggregates_[aggregate];
            return wrong_row(
                i + 1,
                fmt::format(
                    ", column \"{}\": {} takes numbers, not {}",
                    what.column,
                    name_of(what.function),
                    describe(given)
                )
            );
        }
        ++into.count;
    }
    return {};
}

std::string group_layout::check_extreme(aggregation function, const cell& given, const cell& before) const {
    if (!given.is_number() && !given.is_text()) {
        return fmt::format("{} takes numbers or texts, not {}", name_of(function), describe(given));
    }
    if (before.is_null() || given.is_number() == before.is_number()) return {};
    return fmt::format(
        "{} takes numbers or texts, not both: {} after {}",
        name_of(function),
        describe(given),
        describe(before)
    );
}

checked<void> group_layout::add_extremes(
    std::size_t aggregate, const cell* column, std::size_t rows, entry* const* groups, arena& texts
) const {
    const auto& what = aggregates_[aggregate];
    for (std::size_t i = 0; i < rows; ++i) {
        const auto& given = column[i];
        if (given.is_null()) continue;
        auto& best = state<cell>(groups[i], aggregate);
        const bool comparable = best.type() == given.type() && !given.is_boolean();
        if (!comparable) {
            if (const auto why = check_extreme(what.function, given, best); !why.empty()) {
                return wrong_row(i + 1, fmt::format(", column \"{}\": {}", what.column, why));
            }
        }
        const bool better = best.is_null() || (what.function == aggregation::min ? compare(given, best) < 0
                                                                                 : compare(given, best) > 0);
        if (better) best = texts.store(given);
    }
    return {};
}

checked<void> group_layout::merge(entry* into, const entry* more, arena& texts) const {
    if (more->first < into->first) {
        into->first = more->first;
        for (std::size_t i = keys_; i < keys_ + firsts_; ++i) cells(into)[i] = texts.store(cells(more)[i]);
    }
    for (std::size_t i = 0; i < aggregates_.size(); ++i) {
        const auto& what = aggregates_[i];
        if (is_number_sum(what.function)) {
            auto& sum = state<number_sum>(into, i);
            const auto& added = state<number_sum>(more, i);
            sum.whole += added.whole;
            sum.count += added.count;
            add_real(sum, added.real);
            sum.lost += added.lost;
        } else if (!is_extreme(what.function)) {
            state<std::int64_t>(into, i) += state<std::int64_t>(more, i);
        } else if (const auto& given = state<cell>(more, i); !given.is_null()) {
            auto& best = state<cell>(into, i);
            if (const auto why = check_extreme(what.function, given, best); !why.empty()) {
                return wrong_in_step(fmt::format("column \"{}\": {}", what.column, why));
            }
            const bool better =
                best.is_null() ||
                (what.function == aggregation::min ? compare(given, best) < 0 : compare(given, best) > 0);
            if (better) best = texts.store(given);
        }
    }
    return {};
}

checked<cell> group_layout::value(std::size_t aggregate, const entry* of) const {
    const auto& what = aggregates_[aggregate];
    if (is_extreme(what.function)) return state<cell>(of, aggregate);
    if (!is_number_sum(what.function)) return cell{state<std::int64_t>(of, aggregate)};
    const auto& sum = state<number_sum>(of, aggregate);
    const bool is_mean = what.function != aggregation::sum;
    if (is_mean && sum.count == 0) return cell{};
    const auto real = sum.real + sum.lost;
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const bool is_whole = sum.real == 0 && sum.lost == 0 && sum.whole >= least && sum.whole <= most;
    if (!is_mean && is_whole) return cell{static_cast<std::int64_t>(sum.whole)};
    auto total = static_cast<long double>(sum.whole) + real;
    if (is_mean) total /= static_cast<long double>(sum.count);
    const auto value = static_cast<double>(total);
    if (std::isfinite(value)) return cell{value};
    return wrong_in_step(
        fmt::format("column \"{}\": the {} is too large for a number", what.column, name_of(what.function))
    );
}

}  // namespace esm::tasks::data
