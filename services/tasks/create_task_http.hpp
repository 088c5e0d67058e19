// POST /tasks.
#pragma once

#include "platform/http/message.hpp"
#include "services/tasks/create_task.hpp"

namespace esm::tasks {

struct batch_item;

struct create_task_http {
    create_task& creating;
    db::database& database;
};

awaitable<result<http::response>> post_task(create_task_http& deps, http::request& call);

// Creates the task and answers it: 201, or 200 with the one that has its unique key. Heeds an idempotency
// key.
awaitable<result<http::response>> answer_new_task(
    create_task_http& deps, http::request& call, new_task given
);

// The body's fields; types are checked here, rules by create_task. One of a batch may have a name in it and
// depend on names; both are set whether or not the rest is right.
result<new_task> decode_new_task(
    const boost::json::object& body, const principal& caller, batch_item* in_batch = nullptr
);

}  // namespace esm::tasks
