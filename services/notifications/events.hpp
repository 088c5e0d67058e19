// The topics this service reads, and the events it publishes on `notification-events`, keyed by the
// notification's id (contracts/asyncapi.yaml).
#pragma once

#include <array>

#include "platform/events/event.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications {

inline constexpr std::string_view notification_topic = "notification-events";
inline constexpr std::array<std::string_view, 3> consumed_topics{
    "user-registration-events", "task-processing-events", "auth-events"
};
inline constexpr std::string_view consumer_group = "notifications";

// notification.sent.v1, .failed.v1 or .suppressed.v1, by its status.
events::event notification_ended(const notification& ended);

}  // namespace esm::notifications
