// The routes of the inbox folder, as the service adds them.
#pragma once

#include <vector>

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

// `deps` must outlive the server.
std::vector<http::route> inbox_routes(notifications_http& deps);

}  // namespace esm::notifications
