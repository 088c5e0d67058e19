// credential_check over eventstreammonitor.users.v1.UserService.
#pragma once

#include <memory>

#include "platform/grpc/peer.hpp"
#include "services/auth/identity.hpp"

namespace esm::auth {

std::unique_ptr<credential_check> connect_users(grpc_client::peer users);

}  // namespace esm::auth
