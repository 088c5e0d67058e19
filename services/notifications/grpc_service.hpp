// eventstreammonitor.notifications.v1.NotificationService over the use cases.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "platform/db/database.hpp"
#include "platform/grpc/gate.hpp"
#include "services/notifications/direct/send_message.hpp"

namespace esm::notifications {

std::unique_ptr<::grpc::Service> make_grpc_service(
    const grpc_server::gate& callers, db::database& database, send_message& sending
);

}  // namespace esm::notifications
