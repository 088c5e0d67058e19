// The task type data_processing: the rows of a data set go through steps (filter, map, join, group, sort, …)
// in bounded memory, into the result or an artifact (contracts/task_types/data_processing.json).
#pragma once

#include <memory>

#include "services/tasks/handlers/data/limits.hpp"
#include "services/tasks/handlers/handler.hpp"

namespace esm::tasks::data_processing {

inline constexpr std::string_view type_name = "data_processing";

std::unique_ptr<handler> make_handler(const data::limits& bounds);

}  // namespace esm::tasks::data_processing
