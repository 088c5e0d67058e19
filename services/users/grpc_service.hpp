// eventstreammonitor.users.v1.UserService over the use cases.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "platform/grpc/gate.hpp"
#include "services/users/validate_credentials.hpp"

namespace esm::users {

std::unique_ptr<::grpc::Service> make_grpc_service(
    const grpc_server::gate& callers, validate_credentials& credentials, db::database& database
);

}  // namespace esm::users
