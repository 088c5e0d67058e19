// GET /tasks/{id}.
#pragma once

#include <chrono>

#include "platform/http/message.hpp"
#include "platform/security/revocations.hpp"
#include "services/tasks/get_task.hpp"
#include "services/tasks/task_watch.hpp"

namespace esm::tasks {

struct get_task_http {
    get_task& reading;
    task_watch& watching;
    const security::revocations& revoked;
    std::chrono::milliseconds wait_max;  // a longer ?wait= ends here
};

// 304 without a body where If-None-Match names the task's version. With ?wait= it first waits for a change.
awaitable<result<http::response>> get_one_task(get_task_http& deps, http::request& call);

}  // namespace esm::tasks
