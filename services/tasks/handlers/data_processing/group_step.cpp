// The grouping of data_processing: one row for each distinct combination of cells, with aggregates.
#include <fmt/format.h>

#include <cmath>
#include <unordered_map>

#include "services/tasks/handlers/data_processing/steps.hpp"

namespace esm::tasks::data_processing {

namespace {

// One aggregate of one group as it grows.
struct running_aggregate {
    std::int64_t count{0};
    std::int64_t whole_sum{0};
    long double real_sum{0};
    bool is_whole{true};  // every number so far, and their sum, is a 64-bit integer
    cell extreme;
};

void add_number(running_aggregate& into, const cell& given) {
    into.real_sum += number_of(given);
    const auto* whole = std::get_if<std::int64_t>(&given);
    if (!whole || __builtin_add_overflow(into.whole_sum, *whole, &into.whole_sum)) into.is_whole = false;
}

// Answers what is wrong with the cell, or nothing.
std::string add_cell(aggregation function, running_aggregate& into, const cell& given) {
    if (function == aggregation::sum || function == aggregation::avg) {
        if (!is_number(given))
            return fmt::format("{} takes numbers, not {}", name_of(function), describe(given));
        add_number(into, given);
    }
    if (function == aggregation::min || function == aggregation::max) {
        if (!is_number(given) && !is_text(given)) {
            return fmt::format("{} takes numbers or texts, not {}", name_of(function), describe(given));
        }
        if (into.count > 0 && is_number(given) != is_number(into.extreme)) {
            return fmt::format(
                "{} takes numbers or texts, not both: {} after {}",
                name_of(function),
                describe(given),
                describe(into.extreme)
            );
        }
        const bool smaller = into.count == 0 || compare(given, into.extreme) < 0;
        const bool larger = into.count == 0 || compare(given, into.extreme) > 0;
        if (function == aggregation::min ? smaller : larger) into.extreme = given;
    }
    ++into.count;
    return {};
}

// Nothing where the value is beyond a double.
std::optional<cell> value_of(aggregation function, const running_aggregate& from) {
    switch (function) {
        case aggregation::count:
            return cell{from.count};
        case aggregation::min:
        case aggregation::max:
            return from.extreme;
        case aggregation::sum:
            if (from.is_whole) return cell{from.whole_sum};
            break;
        case aggregation::avg:
            if (from.count == 0) return cell{};
            break;
    }
    const auto sum =
        function == aggregation::avg ? from.real_sum / static_cast<long double>(from.count) : from.real_sum;
    const auto value = static_cast<double>(sum);
    if (!std::isfinite(value)) return std::nullopt;
    return cell{value};
}

// Equal cells give equal keys: 1 and 1.0 are one number.
void append_key(std::string& key, const cell& given) {
    if (is_text(given)) {
        const auto text = std::get<std::string_view>(given);
        key += fmt::format("t{}:", text.size());
        key += text;
    } else if (is_number(given)) {
        key += fmt::format("n{:.21g};", number_of(given) + 0.0L);  // no minus zero
    } else {
        append_cell(key, given);
        key += ';';
    }
}

struct group {
    std::vector<cell> by;
    std::vector<running_aggregate> aggregates;
};

class grouping {
public:
    grouping(const group_step& what, const table& rows) : what_(what), rows_(rows) {}

    result<void> find_columns() {
        for (const auto& name : what_.by) {
            const auto column = require_column(rows_, name);
            if (!column) return column.error();
            by_.push_back(*column);
        }
        for (const auto& each : what_.aggregates) {
            if (each.column.empty()) {
                sources_.emplace_back();
                continue;
            }
            const auto column = require_column(rows_, each.column);
            if (!column) return column.error();
            sources_.emplace_back(*column);
        }
        return {};
    }

    result<void> add_row(std::size_t index) {
        const auto& row = rows_.rows[index];
        auto& into = group_of(row);
        for (std::size_t i = 0; i < sources_.size(); ++i) {
            if (!sources_[i]) {
                ++into.aggregates[i].count;
                continue;
            }
            const auto& given = cell_at(row, *sources_[i]);
            if (is_null(given)) continue;
            const auto wrong = add_cell(what_.aggregates[i].function, into.aggregates[i], given);
            if (wrong.empty()) continue;
            return fail(
                errc::validation_failed,
                fmt::format("row {}, column \"{}\": {}", index + 1, what_.aggregates[i].column, wrong)
            );
        }
        return {};
    }

    result<std::vector<std::vector<cell>>> grouped() const {
        std::vector<std::vector<cell>> made;
        made.reserve(groups_.size());
        for (const auto& each : groups_) {
            auto& row = made.emplace_back(each.by);
            for (std::size_t i = 0; i < each.aggregates.size(); ++i) {
                const auto value = value_of(what_.aggregates[i].function, each.aggregates[i]);
                if (!value) {
                    return fail(
                        errc::validation_failed,
                        fmt::format(
                            "column \"{}\": the {} is too large for a number",
                            what_.aggregates[i].column,
                            name_of(what_.aggregates[i].function)
                        )
                    );
                }
                row.push_back(*value);
            }
        }
        return made;
    }

private:
    group& group_of(const std::vector<cell>& row) {
        key_.clear();
        for (const auto column : by_) append_key(key_, cell_at(row, column));
        const auto [found, added] = places_.try_emplace(key_, groups_.size());
        if (added) {
            auto& fresh = groups_.emplace_back();
            for (const auto column : by_) fresh.by.push_back(cell_at(row, column));
            fresh.aggregates.resize(what_.aggregates.size());
        }
        return groups_[found->second];
    }

    const group_step& what_;
    const table& rows_;
    std::vector<std::size_t> by_;
    std::vector<std::optional<std::size_t>> sources_;  // nothing: counts rows
    std::unordered_map<std::string, std::size_t> places_;
    std::vector<group> groups_;
    std::string key_;
};

}  // namespace

result<void> run_group(const group_step& what, table& rows, const run_control& control) {
    grouping groups(what, rows);
    if (auto found = groups.find_columns(); !found) return found;
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        if (look(i, control)) return {};
        if (auto added = groups.add_row(i); !added) return added;
    }
    auto made = groups.grouped();
    if (!made) return made.error();
    rows.rows = std::move(*made);
    rows.columns = what.by;
    for (const auto& each : what.aggregates) rows.columns.push_back(each.name);
    return {};
}

}  // namespace esm::tasks::data_processing
