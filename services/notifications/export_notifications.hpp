// Everything held on a user, for the user's own export, in pages of the object {"contact":…,"preferences":…,
// "devices":[…],"webhooks":[…],"signIns":[…],"notifications":[…]}. Nothing that devices or endpoints could be
// written to by, and nothing about other users. Stateless.
#pragma once

#include "platform/db/database.hpp"
#include "platform/personal_data/export_page.hpp"

namespace esm::notifications {

awaitable<result<personal_data::export_page>> export_notifications(
    db::database& source, std::int64_t user_id, std::string cursor, deadline until
);

}  // namespace esm::notifications
