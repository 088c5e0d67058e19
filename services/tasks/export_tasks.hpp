// Every task and schedule of a user, whole, for the user's own export: pages of the object
// {"tasks":[…],"schedules":[…]}, the tasks newest first.
#pragma once

#include "platform/db/database.hpp"
#include "platform/personal_data/export_page.hpp"

namespace esm::tasks {

awaitable<result<personal_data::export_page>> export_tasks(
    db::database& source, std::int64_t user_id, std::string cursor, deadline until
);

}  // namespace esm::tasks
