// GET /tasks/{id}/events and GET /tasks/events.
#pragma once

#include "platform/http/message.hpp"
#include "platform/security/revocations.hpp"
#include "services/tasks/event_stream.hpp"
#include "services/tasks/get_task.hpp"

namespace esm::tasks {

struct watch_tasks_http {
    get_task& reading;
    task_watch& watching;
    const security::revocations& revoked;
    http::event_stream_rules rules;
};

// 204 where the task has ended and the client has seen that: an EventSource gives up on it.
awaitable<result<http::response>> get_task_events(watch_tasks_http& deps, http::request& call);
awaitable<result<http::response>> get_user_events(watch_tasks_http& deps, http::request& call);

}  // namespace esm::tasks
