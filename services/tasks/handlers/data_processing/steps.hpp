// The steps of data_processing over a table, in place. Each gives way where the control says stop: the table
// is then in no useful state and must be dropped.
#pragma once

#include <string>

#include "platform/base/result.hpp"
#include "services/tasks/handlers/data_processing/plan.hpp"
#include "services/tasks/handlers/handler.hpp"

namespace esm::tasks::data_processing {

// How often loops look at the control, in rows.
inline constexpr std::size_t rows_between_looks = 1024;

// The error says in words what is wrong, naming the column and, where one is at fault, the row.
result<void> run_step(const step& what, table& rows, const run_control& control);

result<void> run_filter(const filter_step& what, table& rows, const run_control& control);
result<void> run_group(const group_step& what, table& rows, const run_control& control);
result<void> run_sort(const sort_step& what, table& rows, const run_control& control);
result<void> run_select(const select_step& what, table& rows, const run_control& control);

// The column's place, or an error that names those there are.
result<std::size_t> require_column(const table& rows, std::string_view name);

inline bool look(std::size_t row, const run_control& control) {
    return row % rows_between_looks == 0 && control.should_stop();
}

}  // namespace esm::tasks::data_processing
