// Everything held on a user, for the user's own export: pages of the object
// {"contact":…,"notifications":[…]}, newest first.
#pragma once

#include "platform/db/database.hpp"
#include "platform/personal_data/export_page.hpp"

namespace esm::notifications {

awaitable<result<personal_data::export_page>> export_notifications(
    db::database& source, std::int64_t user_id, std::string cursor, deadline until
);

}  // namespace esm::notifications
