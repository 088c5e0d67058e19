// The route table of the task service, checked against contracts/openapi/tasks.yaml by a test.
#include "services/tasks/routes.hpp"

namespace esm::tasks {

std::vector<http::route> route_table(route_deps& deps) {
    return {
        {"POST", "/api/v1/eventstreammonitor/tasks", "tasks:write", http::bind(post_task, deps.creating)},
        {"GET", "/api/v1/eventstreammonitor/tasks", "tasks:read", http::bind(get_tasks, deps.listing)},
        {"GET", "/api/v1/eventstreammonitor/tasks/{id}", "tasks:read", http::bind(get_one_task, deps.reading)
        },
        {"PUT",
         "/api/v1/eventstreammonitor/tasks/{id}/cancel",
         "tasks:write",
         http::bind(put_cancel, deps.cancelling)},
        {"GET",
         "/api/v1/eventstreammonitor/tasks/{id}/events",
         "tasks:read",
         http::bind(get_task_events, deps.watching)},
        {"GET",
         "/api/v1/eventstreammonitor/tasks/events",
         "tasks:read",
         http::bind(get_user_events, deps.watching)},
        {"GET", "/api/v1/eventstreammonitor/task-types", "tasks:read", http::bind(get_task_types, deps.types)
        },
    };
}

}  // namespace esm::tasks
