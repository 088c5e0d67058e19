// One notification with its attempts, for REST and gRPC.
#pragma once

#include "services/notifications/notification_store.hpp"

namespace esm::notifications {

struct told_notification {
    notification what;
    std::vector<attempt> attempts;
};

// errc::not_found where there is none, or where it is not `only_of`'s.
awaitable<result<told_notification>> get_notification(
    db::database& source, std::int64_t id, std::optional<std::int64_t> only_of, deadline until
);

}  // namespace esm::notifications
