// How the services of this process reach those that run apart: channels, the token that proves who calls, and
// what is asked of them.
#pragma once

#include "app/shared_parts.hpp"

namespace esm::app {

// Throws std::invalid_argument for targets that are none.
grpc_client::peer make_peer(const shared_parts& shared, const std::vector<std::string>& targets);

// Asks the auth service behind gRPC who holds an API key.
security::find_holder ask_auth(grpc_client::peer auth);

}  // namespace esm::app
