// GET /tasks/{id}.
#pragma once

#include "platform/http/message.hpp"
#include "services/tasks/get_task.hpp"

namespace esm::tasks {

struct get_task_http {
    get_task& reading;
};

// 304 without a body where If-None-Match names the task's version.
awaitable<result<http::response>> get_one_task(get_task_http& deps, http::request& call);

}  // namespace esm::tasks
