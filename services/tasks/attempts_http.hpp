// GET /tasks/{id}/attempts and /tasks/{id}/logs: how each try went, and what it said.
#pragma once

#include "platform/http/message.hpp"
#include "services/tasks/get_task.hpp"

namespace esm::tasks {

struct attempts_http {
    get_task& reading;
    db::database& database;
};

awaitable<result<http::response>> get_attempts(attempts_http& deps, http::request& call);
awaitable<result<http::response>> get_logs(attempts_http& deps, http::request& call);

}  // namespace esm::tasks
