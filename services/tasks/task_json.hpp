// The JSON of a task, appended by hand: one text serves the answer and the event, and no tree is built on the
// hot path.
#pragma once

#include <limits>
#include <string>
#include <string_view>

#include "services/tasks/task.hpp"

namespace esm::tasks {

// Results up to here travel in events and lists; larger ones are null there, with "resultTruncated": true.
inline constexpr std::size_t carried_result_max_bytes = 64UL * 1024;
// Of parameters and results on one page of a list; a page ends early rather than hold more.
inline constexpr std::size_t page_max_bytes = 1024UL * 1024;
inline constexpr std::size_t whole_result = std::numeric_limits<std::size_t>::max();

void append_task(std::string& out, const task& shown, std::size_t result_max_bytes = whole_result);

// {"task":…}
std::string task_body(const task& shown);

// The tags as a JSON array, the form they are stored in.
std::string tags_text(const std::vector<std::string>& tags);

// What differs from an ordinary task as members of a JSON object, the form it is stored in:
// "uniqueKey":"a","retryOf":1000. Nothing for an ordinary task.
std::optional<std::string> extra_text(const task_extra& extra);
// Back from extra_text.
task_extra read_extra(std::string_view members);

}  // namespace esm::tasks
