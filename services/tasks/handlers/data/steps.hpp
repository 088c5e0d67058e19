// What parameters say is to be done with rows, in names; bound to the columns of an input by bound_steps.hpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "services/tasks/handlers/data/aggregate.hpp"
#include "services/tasks/handlers/data/dataset.hpp"
#include "services/tasks/handlers/data/expression.hpp"
#include "services/tasks/handlers/data/filter.hpp"

namespace esm::tasks::data {

struct renamed_column {
    std::string column;
    std::string name;  // mostly the same
};

// One of both.
struct filter_step {
    std::optional<filter_rule> rule;
    std::optional<expression> where;
};

struct map_step {
    struct made_column {
        std::string name;
        expression value;
    };
    std::vector<made_column> columns;
};

struct group_step {
    std::vector<std::string> by;
    std::vector<aggregate> aggregates;
};

struct join_step {
    struct key {
        std::string left;
        std::string right;
    };
    dataset with;
    std::vector<key> on;
    bool keeps_left{false};                              // how: left
    std::optional<std::vector<renamed_column>> columns;  // of the second source; nothing: all but the keys
    std::string prefix;
};

struct sort_key {
    std::string column;
    bool descending{false};
};
struct sort_step {
    std::vector<sort_key> by;
};

struct limit_step {
    std::uint64_t count{0};
};

struct select_step {
    std::vector<renamed_column> columns;
};

struct rename_step {
    std::vector<renamed_column> columns;
};

// Rows that are the same in these columns, all without any: the first is kept.
struct distinct_step {
    std::vector<std::string> columns;
};

using step = std::variant<
    filter_step,
    group_step,
    sort_step,
    limit_step,
    select_step,
    map_step,
    rename_step,
    join_step,
    distinct_step>;

std::string_view name_of(const step& given);

// The member "steps"; what is wrong is recorded.
std::vector<step> read_steps(checked_object& from);
// An array of texts and {"column", "as"} objects under `name`; names that come out are distinct.
std::vector<renamed_column> read_columns(checked_object& from, std::string_view name);
// The member `name`, an expression.
std::optional<expression> read_expression(checked_object& from, std::string_view name);

}  // namespace esm::tasks::data
