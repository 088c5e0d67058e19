// The REST routes of this folder, part of the service's table.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

// `deps` must outlive the server.
std::vector<http::route> suppression_routes(notifications_http& deps);

}  // namespace esm::notifications
