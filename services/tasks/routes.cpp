// The route table of the task service, checked against contracts/openapi/tasks.yaml by a test.
#include "services/tasks/routes.hpp"

#include "services/tasks/files/routes.hpp"
#include "services/tasks/schedules/routes.hpp"

namespace esm::tasks {

std::vector<http::route> route_table(route_deps& deps) {
    std::vector<http::route> all{
        {"POST", "/api/v1/eventstreammonitor/tasks", "tasks:write", http::bind(post_task, deps.creating)},
        {"POST",
         "/api/v1/eventstreammonitor/tasks/batch",
         "tasks:write",
         http::bind(post_batch, deps.batches),
         batch_body_max_bytes},
        {"GET", "/api/v1/eventstreammonitor/tasks", "tasks:read", http::bind(get_tasks, deps.listing)},
        {"GET", "/api/v1/eventstreammonitor/tasks/{id}", "tasks:read", http::bind(get_one_task, deps.reading)
        },
        {"PUT",
         "/api/v1/eventstreammonitor/tasks/{id}/cancel",
         "tasks:write",
         http::bind(put_cancel, deps.cancelling)},
        {"POST",
         "/api/v1/eventstreammonitor/tasks/{id}/retry",
         "tasks:write",
         http::bind(post_retry, deps.retrying)},
        {"GET",
         "/api/v1/eventstreammonitor/tasks/{id}/attempts",
         "tasks:read",
         http::bind(get_attempts, deps.attempts)},
        {"GET",
         "/api/v1/eventstreammonitor/tasks/{id}/logs",
         "tasks:read",
         http::bind(get_logs, deps.attempts)},
        {"GET", "/api/v1/eventstreammonitor/queues", "tasks:admin", http::bind(get_queues, deps.queues)},
        {"PUT", "/api/v1/eventstreammonitor/queues/{name}", "tasks:admin", http::bind(put_queue, deps.queues)
        },
        {"POST",
         "/api/v1/eventstreammonitor/queues/{name}/pause",
         "tasks:admin",
         http::bind(post_pause, deps.queues)},
        {"POST",
         "/api/v1/eventstreammonitor/queues/{name}/resume",
         "tasks:admin",
         http::bind(post_resume, deps.queues)},
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
    auto schedules = schedules::route_table(deps.schedules);
    std::move(schedules.begin(), schedules.end(), std::back_inserter(all));
    auto files = file_routes(deps.files, deps.uploads);
    std::move(files.begin(), files.end(), std::back_inserter(all));
    return all;
}

}  // namespace esm::tasks
