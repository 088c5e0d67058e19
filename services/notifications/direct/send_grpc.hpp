// NotificationService.Send: the gRPC side of send_message.
#pragma once

#include "eventstreammonitor/notifications/v1/notifications.pb.h"
#include "platform/db/database.hpp"
#include "services/notifications/direct/send_message.hpp"

namespace esm::notifications {

struct send_grpc {
    db::database& database;
    send_message& sending;
};

// The request's key is kept twice: with the answer as REST keeps keys, and as the cause of what was sent, so
// that it holds for as long as that is in the log.
awaitable<result<void>> send_over_grpc(
    send_grpc deps,
    const context& ctx,
    const ::eventstreammonitor::notifications::v1::SendRequest& request,
    ::eventstreammonitor::notifications::v1::SendResponse& reply
);

}  // namespace esm::notifications
