// Listing tasks, newest first, by keyset: the cursor is the place of the last task of the page before.
#pragma once

#include <string>
#include <vector>

#include "platform/http/cursor.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

struct task_page {
    std::vector<task> tasks;
    std::string next_cursor;  // empty on the last page
};

// How many numbers a cursor holds: the instant of creation and the id.
inline constexpr std::size_t cursor_keys = 2;

// The canonical text of a filter: a cursor of another one is refused.
std::string filter_text(const task_store::filter& which);

awaitable<task_page> list_tasks(
    db::database& source, const task_store::filter& which, const http::page& where, deadline until
);

}  // namespace esm::tasks
