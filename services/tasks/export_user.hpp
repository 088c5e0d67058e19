// What the task service holds on a user, for the user's own export: pages of {"tasks":[…],"files":[…]},
// newest first. Of files what is known about them; their content is downloaded.
#pragma once

#include "platform/db/database.hpp"
#include "platform/personal_data/export_page.hpp"

namespace esm::tasks {

awaitable<result<personal_data::export_page>> export_user(
    db::database& source, std::int64_t user_id, std::string cursor, deadline until
);

}  // namespace esm::tasks
