// What a user has read of the own inbox, for every device and tab of the user. Made once a service; any
// shard.
#pragma once

#include "services/notifications/inbox/inbox_watch.hpp"

namespace esm::notifications {

class mark_read {
public:
    mark_read(db::database& database, inbox_watch& watching) : database_(database), watching_(watching) {}

    // `check` says whether this version may be changed. The same again changes nothing. errc::not_found where
    // the user's inbox does not show it.
    awaitable<result<notification>> set(
        std::int64_t user_id,
        std::int64_t notification_id,
        bool is_read,
        std::function<result<void>(std::int64_t version)> check,
        deadline until
    );

    // All that the inbox shows up to this id. Answers how many of them were unread. Cut off midway, it has
    // marked the oldest ones.
    awaitable<std::size_t> set_up_to(std::int64_t user_id, std::int64_t up_to, deadline until);

private:
    db::database& database_;
    inbox_watch& watching_;
};

}  // namespace esm::notifications
