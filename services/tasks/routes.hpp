// The service's REST routes and what their handlers need.
#pragma once

#include <vector>

#include "platform/http/router.hpp"
#include "services/tasks/attempts_http.hpp"
#include "services/tasks/cancel_task_http.hpp"
#include "services/tasks/create_batch_http.hpp"
#include "services/tasks/create_task_http.hpp"
#include "services/tasks/files/files_http.hpp"
#include "services/tasks/files/uploads_http.hpp"
#include "services/tasks/get_task_http.hpp"
#include "services/tasks/list_tasks_http.hpp"
#include "services/tasks/queues_http.hpp"
#include "services/tasks/retry_task_http.hpp"
#include "services/tasks/schedules/schedules_http.hpp"
#include "services/tasks/task_types_http.hpp"
#include "services/tasks/watch_tasks_http.hpp"

namespace esm::tasks {

struct route_deps {
    create_task_http creating;
    create_batch_http batches;
    list_tasks_http listing;
    get_task_http reading;
    cancel_task_http cancelling;
    retry_task_http retrying;
    attempts_http attempts;
    queues_http queues;
    task_types_http types;
    watch_tasks_http watching;
    schedules::schedules_http schedules;
    files_http files;
    uploads_http uploads;
};

// `deps` must outlive the server.
std::vector<http::route> route_table(route_deps& deps);

}  // namespace esm::tasks
