// The routes of the direct folder, as the service adds them.
#pragma once

#include <vector>

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

// `deps` must outlive the server.
std::vector<http::route> direct_routes(notifications_http& deps);

}  // namespace esm::notifications
