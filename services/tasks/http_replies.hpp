// What the answers of several routes share.
#pragma once

#include <fmt/format.h>

#include "platform/http/message.hpp"
#include "services/tasks/task_json.hpp"

namespace esm::tasks {

inline std::string task_path(std::int64_t id) {
    return fmt::format("/api/v1/eventstreammonitor/tasks/{}", id);
}

inline http::response task_reply(const task& shown) {
    auto reply = http::json_text_reply(200, task_body(shown));
    reply.headers.emplace_back("ETag", http::etag(shown.version));
    return reply;
}

}  // namespace esm::tasks
