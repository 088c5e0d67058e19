// Steps bound to an input: columns are places in batches. The chain falls into segments, each of which ends
// in a step that needs all rows before it gives one (group, distinct, sort), or at the end.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "services/tasks/handlers/data/join_table.hpp"
#include "services/tasks/handlers/data/row_sorter.hpp"
#include "services/tasks/handlers/data/steps.hpp"

namespace esm::tasks::data {

// Slots are places in the batches of a segment.
struct bound_filter {
    const filter_step* what;
    std::vector<std::size_t> slots;  // of the rule's column, or of the expression's columns
};
struct bound_map {
    struct made_column {
        const expression* value;
        std::vector<std::size_t> slots;
        std::size_t into;
    };
    std::vector<made_column> columns;
};
struct bound_join {
    std::shared_ptr<const join_table> with;
    std::vector<std::size_t> keys;
    std::vector<std::size_t> into;
    bool keeps_left;
};
struct bound_limit {
    std::uint64_t count;
};
using bound_step = std::variant<bound_filter, bound_map, bound_join, bound_limit>;

// Gives keys and firsts, then the aggregates.
struct bound_group {
    std::vector<std::size_t> keys;
    std::vector<std::size_t> firsts;  // cells of each group's first row
    std::vector<aggregate> aggregates;
    std::vector<std::optional<std::size_t>> sources;  // of the aggregates; nothing: counts rows
};
// Gives the columns.
struct bound_sort {
    std::vector<std::size_t> columns;
    std::vector<sort_place> by;
    std::uint64_t rows_wanted{row_sorter::all_rows};
};

struct segment {
    std::vector<bound_step> steps;
    std::vector<std::string> labels;  // of the steps, then of what ends it
    std::optional<std::variant<bound_group, bound_sort>> end;
    std::size_t slots{0};
};

struct bound_chain {
    std::vector<wanted_column> wanted;  // of the input
    std::vector<segment> segments;
    std::vector<std::size_t> outputs;  // slots of the last segment
    std::vector<std::string> names;    // of the outputs
};

// The column's place, or a problem that names those there are.
checked<std::size_t> require_column(const std::vector<std::string>& columns, std::string_view name);

using join_loader = std::function<checked<std::unique_ptr<join_table>>(const join_step& how)>;

// `steps` must outlive the chain. A problem names the step. Only the columns that are needed are wanted.
checked<bound_chain> bind_steps(
    const std::vector<step>& steps, const std::vector<std::string>& columns, const join_loader& load
);

}  // namespace esm::tasks::data
