// POST /tasks/{id}/retry: the work of a task that has ended once more, as a new task.
#pragma once

#include "services/tasks/create_task_http.hpp"
#include "services/tasks/get_task.hpp"

namespace esm::tasks {

struct retry_task_http {
    get_task& reading;
    create_task_http& creating;
};

awaitable<result<http::response>> post_retry(retry_task_http& deps, http::request& call);

}  // namespace esm::tasks
