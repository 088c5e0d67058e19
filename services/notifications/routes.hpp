// The service's REST routes.
#pragma once

#include <vector>

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

// `deps` must outlive the server.
std::vector<http::route> route_table(notifications_http& deps);

}  // namespace esm::notifications
