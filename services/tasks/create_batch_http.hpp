// POST /tasks/batch.
#pragma once

#include "platform/http/message.hpp"
#include "services/tasks/create_batch.hpp"

namespace esm::tasks {

// A thousand tasks with two KiB of parameters each.
inline constexpr std::size_t batch_body_max_bytes = 2UL * 1024 * 1024;

struct create_batch_http {
    create_batch batches;
    db::database& database;
};

// 200 with an answer for each task; heeds an idempotency key for the whole.
awaitable<result<http::response>> post_batch(create_batch_http& deps, http::request& call);

}  // namespace esm::tasks
