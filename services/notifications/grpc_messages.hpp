// Notifications as the messages of eventstreammonitor.notifications.v1 show them. Pure.
#pragma once

#include "eventstreammonitor/notifications/v1/notifications.pb.h"
#include "services/notifications/notification.hpp"

namespace esm::notifications {

void fill(::eventstreammonitor::notifications::v1::Notification& into, const notification& from);
void fill(::eventstreammonitor::notifications::v1::Attempt& into, const attempt& from);

}  // namespace esm::notifications
