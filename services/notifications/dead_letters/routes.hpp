// The REST routes of dead letters, part of the service's table.
#pragma once

#include <vector>

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications::dead_letters {

// `deps` must outlive the server.
std::vector<http::route> route_table(notifications_http& deps);

}  // namespace esm::notifications::dead_letters
