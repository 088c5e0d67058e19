// The events of this service on task-processing-events: the task as it is after the change, keyed by its id.
#pragma once

#include "platform/events/event.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

inline constexpr std::string_view task_topic = "task-processing-events";
inline constexpr std::string_view user_topic = "user-registration-events";

// Of a task that was just made; `data` is its JSON, shared with the answer.
events::event task_created(const task& made, std::string data, const trace_context& trace);

// Of a task after `apply`: what its state now says happened.
events::event task_changed(const task& changed);

}  // namespace esm::tasks
