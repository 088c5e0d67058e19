// Rules that cells fit or not: the simple filters of data_processing and data_export.
#pragma once

#include <string>
#include <vector>

#include "services/tasks/handlers/data/cell.hpp"
#include "services/tasks/handlers/data/checked_object.hpp"

namespace esm::tasks::data {

inline constexpr std::size_t column_name_max_length = 128;

enum class comparison : std::uint8_t { eq, ne, lt, le, gt, ge, contains, in };

struct filter_rule {
    std::string column;
    comparison how{comparison::eq};
    std::vector<cell> values;  // one, but for `in`: sorted; views into the parameters
};

// The members column, operator and value.
filter_rule read_filter_rule(checked_object& from);

bool fits(const filter_rule& rule, const cell& given);
// Numbers with numbers and texts with texts; no other pair is in any order. eq and ne compare any cells.
bool holds(comparison how, const cell& left, const cell& right);

}  // namespace esm::tasks::data
