// The ready-made report "task_history": the user's own tasks of a period, from the same parts that parameters
// give.
#pragma once

#include "services/tasks/handlers/report_generation/section_reader.hpp"

namespace esm::tasks::report_generation {

// Reads the member "period" and fills the plan's sources and sections.
void add_task_history(checked_object& from, instant_us now, plan& into);

}  // namespace esm::tasks::report_generation
