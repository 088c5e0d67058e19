// eventstreammonitor.auth.v1.TokenService: tokens checked for services that cannot do it themselves.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "platform/async/runtime.hpp"
#include "platform/security/authenticator.hpp"

namespace esm::auth {

std::unique_ptr<::grpc::Service> make_grpc_service(async::runtime& runtime, security::authenticator& tokens);

}  // namespace esm::auth
