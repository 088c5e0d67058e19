// eventstreammonitor.auth.v1.TokenService: tokens checked for services that cannot do it themselves, and what
// is held on a user.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <memory>

#include "platform/grpc/gate.hpp"
#include "platform/security/authenticator.hpp"
#include "services/auth/export_user.hpp"
#include "services/auth/inspect_token.hpp"

namespace esm::auth {

std::unique_ptr<::grpc::Service> make_grpc_service(
    const grpc_server::gate& callers,
    security::authenticator& tokens,
    inspect_token& inspecting,
    export_user& exporting
);

}  // namespace esm::auth
