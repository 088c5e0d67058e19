// See steps.hpp; group_step.cpp holds the grouping.
#include "services/tasks/handlers/data_processing/steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace esm::tasks::data_processing {

namespace {

// Null and mixed types are in no order: only numbers with numbers and texts with texts.
bool in_order(comparison how, const cell& left, const cell& right) {
    const bool same_kind = (is_number(left) && is_number(right)) || (is_text(left) && is_text(right));
    if (!same_kind) return false;
    const auto order = compare(left, right);
    switch (how) {
        case comparison::lt:
            return order < 0;
        case comparison::le:
            return order <= 0;
        case comparison::gt:
            return order > 0;
        default:
            return order >= 0;
    }
}

bool fits(const filter_step& what, const cell& given) {
    const auto equals = [&](const cell& value) { return equal(given, value); };
    switch (what.how) {
        case comparison::eq:
            return equals(what.values.front());
        case comparison::ne:
            return !equals(what.values.front());
        case comparison::in:
            return std::any_of(what.values.begin(), what.values.end(), equals);
        case comparison::contains:
            return is_text(given) &&
                   std::get<std::string_view>(given).find(std::get<std::string_view>(what.values.front())) !=
                       std::string_view::npos;
        default:
            return in_order(what.how, given, what.values.front());
    }
}

// Thrown out of a comparison, since a sort cannot be left in another way.
struct sort_stopped {};

}  // namespace

result<std::size_t> require_column(const table& rows, std::string_view name) {
    if (const auto found = rows.column_of(name)) return *found;
    if (rows.columns.empty()) {
        return fail(
            errc::validation_failed, fmt::format("there is no column \"{}\": the rows are empty", name)
        );
    }
    constexpr std::size_t named_max = 10;
    std::string known;
    for (std::size_t i = 0; i < std::min(rows.columns.size(), named_max); ++i) {
        known += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", rows.columns[i]);
    }
    if (rows.columns.size() > named_max) known += ", …";
    return fail(
        errc::validation_failed, fmt::format("there is no column \"{}\"; the columns are {}", name, known)
    );
}

result<void> run_filter(const filter_step& what, table& rows, const run_control& control) {
    const auto column = require_column(rows, what.column);
    if (!column) return column.error();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        if (look(i, control)) return {};
        if (!fits(what, cell_at(rows.rows[i], *column))) continue;
        if (kept != i) rows.rows[kept] = std::move(rows.rows[i]);
        ++kept;
    }
    rows.rows.resize(kept);
    return {};
}

result<void> run_sort(const sort_step& what, table& rows, const run_control& control) {
    std::vector<std::pair<std::size_t, bool>> keys;
    for (const auto& key : what.by) {
        const auto column = require_column(rows, key.column);
        if (!column) return column.error();
        keys.emplace_back(*column, key.descending);
    }
    std::size_t looks = 0;
    // Places are sorted, not rows: equal ones keep their order by their place.
    const auto before = [&](std::size_t left, std::size_t right) {
        if (look(++looks, control)) throw sort_stopped{};
        for (const auto& [column, descending] : keys) {
            const auto order = compare(cell_at(rows.rows[left], column), cell_at(rows.rows[right], column));
            if (order != 0) return descending ? order > 0 : order < 0;
        }
        return left < right;
    };
    std::vector<std::size_t> places(rows.rows.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    try {
        std::sort(places.begin(), places.end(), before);
    } catch (const sort_stopped&) {
        return {};
    }
    std::vector<std::vector<cell>> sorted;
    sorted.reserve(places.size());
    for (const auto place : places) sorted.push_back(std::move(rows.rows[place]));
    rows.rows = std::move(sorted);
    return {};
}

result<void> run_select(const select_step& what, table& rows, const run_control& control) {
    std::vector<std::size_t> kept;
    for (const auto& name : what.columns) {
        const auto column = require_column(rows, name);
        if (!column) return column.error();
        kept.push_back(*column);
    }
    for (std::size_t i = 0; i < rows.rows.size(); ++i) {
        if (look(i, control)) return {};
        std::vector<cell> narrowed;
        narrowed.reserve(kept.size());
        for (const auto column : kept) narrowed.push_back(cell_at(rows.rows[i], column));
        rows.rows[i] = std::move(narrowed);
    }
    rows.columns = what.columns;
    return {};
}

result<void> run_step(const step& what, table& rows, const run_control& control) {
    if (const auto* filter = std::get_if<filter_step>(&what)) return run_filter(*filter, rows, control);
    if (const auto* group = std::get_if<group_step>(&what)) return run_group(*group, rows, control);
    if (const auto* sort = std::get_if<sort_step>(&what)) return run_sort(*sort, rows, control);
    if (const auto* select = std::get_if<select_step>(&what)) return run_select(*select, rows, control);
    const auto count = std::get<limit_step>(what).count;
    if (count < rows.rows.size()) rows.rows.resize(count);
    return {};
}

}  // namespace esm::tasks::data_processing
