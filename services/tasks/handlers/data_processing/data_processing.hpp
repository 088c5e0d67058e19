// The task type data_processing: rows given inline as JSON or CSV go through filter, group, sort, limit and
// select steps (contracts/task_types/data_processing.json).
#pragma once

#include <memory>

#include "services/tasks/handlers/handler.hpp"

namespace esm::tasks::data_processing {

inline constexpr std::string_view type_name = "data_processing";

// A result longer than `result_max_bytes` fails the task.
std::unique_ptr<handler> make_handler(std::size_t result_max_bytes);

}  // namespace esm::tasks::data_processing
