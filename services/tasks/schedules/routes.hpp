// The REST routes of schedules, part of the service's table.
#pragma once

#include "services/tasks/schedules/schedules_http.hpp"

namespace esm::tasks::schedules {

// `deps` must outlive the server.
std::vector<http::route> route_table(schedules_http& deps);

}  // namespace esm::tasks::schedules
