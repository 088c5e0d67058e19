// eventstreammonitor.notifications.v1.NotificationService over the use cases.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "platform/async/runtime.hpp"
#include "platform/db/database.hpp"

namespace esm::notifications {

std::unique_ptr<::grpc::Service> make_grpc_service(async::runtime& runtime, db::database& database);

}  // namespace esm::notifications
