// Changes of tasks as Server-Sent Events (WHATWG HTML, section 9.2): the body of the event routes' answers.
// Lives as long as its connection.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>

#include "platform/http/event_stream.hpp"
#include "services/tasks/task_watch.hpp"

namespace esm::tasks {

class event_stream final : public http::event_stream {
public:
    // Of one task; `watched` is unset where `now` has ended. What is newer than `seen` is sent at once.
    event_stream(
        const task& now,
        std::int64_t seen,
        std::optional<task_watch::handle> watched,
        security::caller_check caller,
        http::event_stream_rules rules
    );
    // Of a user's tasks.
    event_stream(task_watch::handle watched, security::caller_check caller, http::event_stream_rules rules);

private:
    awaitable<std::string> wait_for_events(std::chrono::milliseconds patience) override;
    void interrupt() override;
    void append_change(std::string& to, const task& changed);

    std::optional<task_watch::handle> watched_;
    const bool of_one_task_;
    std::unordered_map<std::int64_t, task_status> shown_;  // of tasks that have not ended
};

}  // namespace esm::tasks
