// A data set as parameters name it: rows inline, a file, or what another task made.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string_view>

#include "services/tasks/handlers/data/block_source.hpp"
#include "services/tasks/handlers/data/cell.hpp"
#include "services/tasks/handlers/data/checked_object.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks::data {

inline constexpr std::size_t inline_rows_max = 10'000;
inline constexpr std::size_t inline_columns_max = 256;
// Bounds what sparse rows may grow to: 16 MB of cells.
inline constexpr std::size_t inline_cells_max = 1'000'000;

// Views into the parameters, which must outlive it.
struct dataset {
    std::optional<data_format> format;  // nothing: told by name and content, of files only
    char delimiter{','};
    const bj::array* rows{nullptr};
    std::optional<std::string_view> text;  // CSV or NDJSON
    std::optional<file_reference> file;
    std::optional<own_records> records;  // JSON lines
};

// The members that a data set has, for checked_object::only; others may stand beside them.
inline constexpr std::initializer_list<std::string_view> dataset_members{
    "format", "rows", "csv", "ndjson", "source", "delimiter"
};

// Records what is wrong; the data set may be opened only where nothing is.
dataset read_dataset(checked_object& from);

std::string_view name_of(data_format format);

}  // namespace esm::tasks::data
