// GET /queues, PUT /queues/{name}, POST /queues/{name}/pause and /resume: for operators.
#pragma once

#include <functional>

#include "platform/db/database.hpp"
#include "platform/http/message.hpp"

namespace esm::tasks {

struct queues_http {
    db::database& database;
    std::function<void()> wake;  // a queue may give work again
};

awaitable<result<http::response>> get_queues(queues_http& deps, http::request& call);
awaitable<result<http::response>> put_queue(queues_http& deps, http::request& call);
awaitable<result<http::response>> post_pause(queues_http& deps, http::request& call);
awaitable<result<http::response>> post_resume(queues_http& deps, http::request& call);

}  // namespace esm::tasks
