// See events.hpp.
#include "services/notifications/events.hpp"

namespace esm::notifications {

namespace {

std::string_view type_of(status reached) {
    if (reached == status::sent) return "notification.sent.v1";
    const bool unwanted = reached == status::suppressed || reached == status::skipped;
    return unwanted ? "notification.suppressed.v1" : "notification.failed.v1";
}

}  // namespace

events::event notification_ended(const notification& ended) {
    return events::make_event(
        notification_topic,
        type_of(ended.status),
        "/notifications",
        std::to_string(ended.notification_id),
        ended.version,
        boost::json::serialize(to_json(ended)),
        trace_of(ended)
    );
}

}  // namespace esm::notifications
