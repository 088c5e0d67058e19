// The task that a schedule stands for, read anew at each run, so that it keeps the rules of POST /tasks as
// they are then.
#pragma once

#include "services/tasks/create_task.hpp"
#include "services/tasks/schedules/schedule.hpp"

namespace esm::tasks::schedules {

// With the owner and the schedule's tag. Pointers of what is refused begin with /task.
result<new_task> task_of(const schedule& from);

// Names the fields of the schedule's task in an error of POST /tasks.
error within_task(error refused);

// A draft's run as of `run_at`, a past instant.
void run_as_of(task_draft& draft, instant_us run_at);

}  // namespace esm::tasks::schedules
