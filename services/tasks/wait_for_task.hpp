// GET /tasks/{id}?wait=: the answer of a request that waits for a change. Lives as long as the wait, and
// holds neither a slot of the server nor a database connection meanwhile.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "platform/http/message.hpp"
#include "platform/security/caller_check.hpp"
#include "services/tasks/task_watch.hpp"

namespace esm::tasks {

class wait_for_task final : public http::body_source {
public:
    // `until_then` is the answer where nothing changed when `patience` has run out.
    wait_for_task(
        task_watch::handle watched,
        security::caller_check caller,
        std::chrono::milliseconds patience,
        http::response until_then,
        std::string request_id
    );

    awaitable<std::shared_ptr<const http::response>> instead() override;
    awaitable<std::string> next() override;
    void end_soon() override;

private:
    http::response problem(error cause) const;

    task_watch::handle watched_;
    const security::caller_check caller_;
    const deadline until_;
    http::response until_then_;
    const std::string request_id_;
    bool stopping_{false};
};

}  // namespace esm::tasks
