// Changes of tasks as Server-Sent Events (WHATWG HTML, section 9.2): the body of the event routes' answers.
// Lives as long as its connection.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>

#include "platform/http/body_source.hpp"
#include "platform/security/caller_check.hpp"
#include "services/tasks/task_watch.hpp"

namespace esm::tasks {

struct stream_rules {
    std::chrono::milliseconds heartbeat{15'000};  // a comment after so long without an event
    std::chrono::milliseconds lifetime_max{3'600'000};
};

class event_stream final : public http::body_source {
public:
    // Of one task; `watched` is unset where `now` has ended. What is newer than `seen` is sent at once.
    event_stream(
        const task& now,
        std::int64_t seen,
        std::optional<task_watch::handle> watched,
        security::caller_check caller,
        stream_rules rules
    );
    // Of a user's tasks.
    event_stream(task_watch::handle watched, security::caller_check caller, stream_rules rules);

    awaitable<std::string> next() override;
    void end_soon() override;

private:
    void append_change(std::string& to, const task& changed);
    void append_end(std::string& to, std::string_view reason);
    std::string_view reason_to_end() const;

    std::optional<task_watch::handle> watched_;
    const security::caller_check caller_;
    const stream_rules rules_;
    const bool of_one_task_;
    const deadline last_moment_;
    deadline last_sent_;
    std::string first_;
    std::unordered_map<std::int64_t, task_status> shown_;  // of tasks that have not ended
    bool stopping_{false}, over_{false};
};

}  // namespace esm::tasks
