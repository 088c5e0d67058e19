// The route table of the task service, checked against contracts/openapi/tasks.yaml by a test.
#include "services/tasks/routes.hpp"

#include "services/tasks/schedules/routes.hpp"

namespace esm::tasks {

std::vector<http::route> route_table(route_deps& deps) {
    std::vector<http::route> all{
        {"POST", "/api/v1/eventstreammonitor/tasks", "tasks:write", http::bind(post_task, deps.creating)},
        {"GET", "/api/v1/eventstreammonitor/tasks", "tasks:read", http::bind(get_tasks, deps.listing)},
        {"GET", "/api/v1/eventstreammonitor/tasks/{id}", "tasks:read", http::bind(get_one_task, deps.reading)
        },
        {"PUT",
         "/api/v1/eventstreammonitor/tasks/{id}/cancel",
         "tasks:write",
         http::bind(put_cancel, deps.cancelling)},
        {"GET", "/api/v1/eventstreammonitor/task-types", "tasks:read", http::bind(get_task_types, deps.types)
        },
    };
    auto schedules = schedules::route_table(deps.schedules);
    std::move(schedules.begin(), schedules.end(), std::back_inserter(all));
    return all;
}

}  // namespace esm::tasks
