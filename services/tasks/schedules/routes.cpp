// See routes.hpp; checked against contracts/openapi/tasks.yaml by a test.
#include "services/tasks/schedules/routes.hpp"

#include "services/tasks/schedules/preview_http.hpp"

namespace esm::tasks::schedules {

std::vector<http::route> route_table(schedules_http& deps) {
    return {
        {"POST", "/api/v1/eventstreammonitor/schedules", "tasks:write", http::bind(post_schedule, deps)},
        {"GET", "/api/v1/eventstreammonitor/schedules", "tasks:read", http::bind(get_schedules, deps)},
        {"GET", "/api/v1/eventstreammonitor/schedules/preview", "tasks:read", get_preview},
        {"GET", "/api/v1/eventstreammonitor/schedules/{id}", "tasks:read", http::bind(get_schedule, deps)},
        {"PATCH", "/api/v1/eventstreammonitor/schedules/{id}", "tasks:write", http::bind(patch_schedule, deps)
        },
        {"DELETE",
         "/api/v1/eventstreammonitor/schedules/{id}",
         "tasks:write",
         http::bind(delete_schedule, deps)},
        {"POST", "/api/v1/eventstreammonitor/schedules/{id}/run", "tasks:write", http::bind(post_run, deps)},
    };
}

}  // namespace esm::tasks::schedules
