// CSV text as a table (RFC 4180 with commas; a line may end in LF alone, the text may begin with a byte order
// mark).
#pragma once

#include <string_view>

#include "platform/base/result.hpp"
#include "services/tasks/handlers/data_processing/cell.hpp"

namespace esm::tasks::data_processing {

struct csv_limits {
    std::size_t rows_max;
    std::size_t columns_max;
};

// Fills the table, whose cells are views into `text` where they can be. An unquoted cell that reads as a JSON
// number is one, an empty unquoted cell is null, any other is text. The error names the line or the row and
// what is wrong there.
result<void> read_csv(std::string_view text, const csv_limits& limits, table& into);

}  // namespace esm::tasks::data_processing
