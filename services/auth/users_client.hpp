// credential_check over eventstreammonitor.users.v1.UserService.
#pragma once

#include <memory>

#include "services/auth/identity.hpp"

namespace esm::auth {

// `targets`: "host:port" each.
std::unique_ptr<credential_check> connect_users(const std::vector<std::string>& targets);

}  // namespace esm::auth
