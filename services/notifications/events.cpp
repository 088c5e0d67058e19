// See events.hpp.
#include "services/notifications/events.hpp"

namespace esm::notifications {

events::event notification_ended(const notification& ended) {
    return events::make_event(
        notification_topic,
        ended.status == status::sent ? "notification.sent.v1" : "notification.failed.v1",
        "/notifications",
        std::to_string(ended.notification_id),
        ended.version,
        boost::json::serialize(to_json(ended)),
        trace_of(ended)
    );
}

}  // namespace esm::notifications
