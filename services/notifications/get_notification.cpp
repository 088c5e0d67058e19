// See get_notification.hpp.
#include "services/notifications/get_notification.hpp"

namespace esm::notifications {

awaitable<result<told_notification>> get_notification(
    db::database& source, std::int64_t id, std::optional<std::int64_t> only_of, deadline until
) {
    auto found = co_await notification_store::find(source, id, until);
    if (!found || (only_of && found->user_id != *only_of)) {
        co_return fail(errc::not_found, "there is no such notification");
    }
    told_notification told{std::move(*found), {}};
    told.attempts = co_await notification_store::list_attempts(source, id, until);
    co_return told;
}

}  // namespace esm::notifications
