// The rows of the route table about templates and rules.
#pragma once

#include "services/notifications/notifications_http.hpp"

namespace esm::notifications {

std::vector<http::route> catalogue_routes(notifications_http& deps);

}  // namespace esm::notifications
