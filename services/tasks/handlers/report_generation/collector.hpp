// What a section takes from the rows of its data set, one row after the other, and the block it becomes. One
// for a section; used on one thread.
#pragma once

#include "services/tasks/handlers/report_generation/accumulator.hpp"

namespace esm::tasks::report_generation {

inline constexpr std::size_t groups_max = 10'000;  // of one section
inline constexpr std::size_t cell_max_bytes = 2'000;
inline constexpr std::size_t label_max_bytes = 120;
inline constexpr std::size_t sorted_max_bytes = 64UL * 1024 * 1024;

class collector {
public:
    virtual ~collector() = default;
    // The columns of the data set, before its first row. The error names one that is missing.
    virtual result<void> begin(const std::vector<std::string>& columns) = 0;
    // Instead, where the data set has neither rows nor columns.
    virtual void begin_empty() {}
    // The error says what is wrong in the row.
    virtual result<void> take(const std::vector<cell>& row) = 0;
    // After the last row; once.
    virtual result<block> finish() = 0;
};

// `scratch`: a folder for files of rows; `number` tells the section from others. The plan outlives the
// collector.
std::unique_ptr<collector> collect(const figures_plan& what, const number_style& style);
std::unique_ptr<collector> collect(
    const table_plan& what,
    const number_style& style,
    const std::filesystem::path& scratch,
    std::size_t number
);
std::unique_ptr<collector> collect(const chart_plan& what, const number_style& style);

// The place of a column, or an error that names those there are.
result<std::size_t> find_column(const std::vector<std::string>& columns, std::string_view name);
result<std::vector<std::size_t>> find_columns(
    const std::vector<std::string>& columns, const std::vector<data::filter_rule>& rules
);
result<std::vector<measure_columns>> find_columns(
    const std::vector<std::string>& columns, const std::vector<measure>& measures
);

// The text, cut within its characters.
std::string shortened(std::string_view text, std::size_t max_bytes);

// The cell that a key groups by: texts cut, instants at the beginning of their bucket. Null: the row has no
// bucket. `text` keeps a cut text.
result<cell> key_of(const key_column& key, const cell& given, std::string& text, std::size_t text_max_bytes);

}  // namespace esm::tasks::report_generation
