// The task type data_export: the user's own tasks or notifications, or a data set, as a file in CSV, JSON or
// NDJSON (contracts/task_types/data_export.json).
#pragma once

#include <memory>

#include "services/tasks/handlers/data/limits.hpp"
#include "services/tasks/handlers/handler.hpp"

namespace esm::tasks::data_export {

inline constexpr std::string_view type_name = "data_export";

std::unique_ptr<handler> make_handler(const data::limits& bounds);

}  // namespace esm::tasks::data_export
