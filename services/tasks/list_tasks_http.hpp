// GET /tasks.
#pragma once

#include "platform/http/message.hpp"
#include "services/tasks/list_tasks.hpp"

namespace esm::tasks {

struct list_tasks_http {
    db::database& database;
};

awaitable<result<http::response>> get_tasks(list_tasks_http& deps, http::request& call);

}  // namespace esm::tasks
