// A task as the service knows it, and its state machine as pure functions: every change of a task goes
// through `apply`, whoever makes it, so that a state that may not change never does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"

namespace esm::tasks {

// `blocked` waits for other tasks; nothing enters it before dependencies exist.
enum class task_status : std::uint8_t {
    scheduled,
    blocked,
    pending,
    running,
    retrying,
    completed,
    failed,
    cancelled,
    timed_out
};

enum class task_priority : std::uint8_t { low, medium, high, critical };

struct task {
    std::int64_t id{0};
    std::int64_t user_id{0};
    std::string type;
    task_status status{task_status::pending};
    task_priority priority{task_priority::medium};
    std::int64_t progress{0};           // per cent of the current attempt
    std::string parameters;             // JSON object text
    std::optional<std::string> result;  // JSON text
    std::optional<std::string> error_message;
    std::int64_t attempt{0};        // grows by one at every claim: also what fences progress writes
    std::int64_t lost_attempts{0};  // those that ended without a word from their worker; they cost no retry
    std::int64_t max_attempts{3};
    std::string queue{"default"};
    std::int64_t timeout_seconds{300};
    std::vector<std::string> tags;
    instant_us run_at{0};
    instant_us created_at{0};
    std::optional<instant_us> started_at;
    std::optional<instant_us> completed_at;
    bool cancel_requested{false};
    bool result_omitted{false};  // a list leaves large results out
    std::int64_t version{1};
    std::string correlation_id;  // of the request that created it: on every later event
    std::string traceparent;
};

// What can happen to a task.
enum class happening : std::uint8_t {
    claimed,  // a worker holds its lease now, the first one or one after a lost worker
    completed,
    failed,       // for good
    failed_once,  // and is tried again
    timed_out,    // for good
    cancelled
};

inline constexpr std::size_t status_count = 9;
inline constexpr std::size_t happening_count = 6;

// The state after it, or nothing where it must not happen.
std::optional<task_status> next_status(task_status from, happening what);

bool is_terminal(task_status status);

// What a happening brings along; each kind reads only its own.
struct details {
    instant_us now{0};
    std::optional<std::string> result;         // completed
    std::optional<std::string> error_message;  // failed, failed_once, timed_out
    instant_us retry_at{0};                    // failed_once
};

// Changes the task and its version; false, and nothing changed, where it must not happen.
bool apply(task& changed, happening what, details with);

// A failure that may pass is tried again while the task has attempts left that its worker did not lose.
bool may_retry(const task& failed);

std::string_view name_of(task_status status);
std::string_view name_of(task_priority priority);
std::optional<task_status> parse_status(std::string_view name);
std::optional<task_priority> parse_priority(std::string_view name);

// "TASK", the day and 8 hexadecimal digits; distinct for any 2^32 ids in a row, and made from what the row
// has anyway.
std::string reference_of(const task& named);

}  // namespace esm::tasks
