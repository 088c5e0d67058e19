// GET /task-types: the types that run here, with the JSON Schema of their parameters.
#pragma once

#include "platform/http/message.hpp"
#include "services/tasks/handlers/handler.hpp"

namespace esm::tasks {

struct task_types_http {
    const handler_set& handlers;
};

awaitable<result<http::response>> get_task_types(task_types_http& deps, http::request& call);

}  // namespace esm::tasks
