// PUT /tasks/{id}/cancel.
#pragma once

#include "platform/http/message.hpp"
#include "services/tasks/cancel_task.hpp"

namespace esm::tasks {

struct cancel_task_http {
    cancel_task& cancelling;
};

awaitable<result<http::response>> put_cancel(cancel_task_http& deps, http::request& call);

}  // namespace esm::tasks
