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

// `blocked` waits for other tasks.
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

// What becomes of a blocked task when one that it waits for does not complete.
enum class parent_failure : std::uint8_t { fail, skip, run };

// What few tasks have; kept as one text (task_json.hpp).
struct task_extra {
    std::optional<std::string> unique_key;
    std::optional<std::string> concurrency_key;
    std::int64_t concurrency_limit{1};
    std::vector<std::int64_t> depends_on;
    parent_failure on_parent_failure{parent_failure::fail};
    std::optional<std::int64_t> retry_of;
    bool operator==(const task_extra&) const = default;
};

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
    std::int64_t attempt{0};  // grows by one at every claim: the lease's token
    // Those whose worker was lost or gave them back; they cost no retry.
    std::int64_t lost_attempts{0};
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
    task_extra extra;
    std::optional<std::string> worker;  // of the current or last attempt
    bool followed{false};               // other tasks wait for this one
    std::int64_t held_changes{0};       // of the version, those since it was claimed: they stand in its lease
};

// What can happen to a task.
enum class happening : std::uint8_t {
    claimed,  // a worker holds its lease now
    completed,
    failed,       // for good
    failed_once,  // and is tried again
    timed_out,    // for good
    cancelled,
    given_back,     // its worker was lost, or gave it back: no fault of the task
    due,            // its instant has come
    unblocked,      // all that it waited for has ended well
    postponed,      // the same, but its instant has not come
    parent_failed,  // and so it fails
    skipped         // a parent failed, and so it is not run
};

inline constexpr std::size_t status_count = 9;
inline constexpr std::size_t happening_count = 12;

// The state after it, or nothing where it must not happen.
std::optional<task_status> next_status(task_status from, happening what);

bool is_terminal(task_status status);

// What a happening brings along; each kind reads only its own.
struct details {
    instant_us now{0};
    std::optional<std::string> result;  // completed
    std::optional<std::string>
        error_message;       // failed, failed_once, timed_out, given_back, parent_failed, skipped
    instant_us retry_at{0};  // failed_once
};

// Changes the task and its version; false, and nothing changed, where it must not happen.
bool apply(task& changed, happening what, details with);

// A failure that may pass is tried again while the task has attempts left that its worker did not lose.
bool may_retry(const task& failed);

std::string_view name_of(task_status status);
std::string_view name_of(task_priority priority);
std::optional<task_status> parse_status(std::string_view name);
std::string_view name_of(parent_failure policy);
std::optional<task_priority> parse_priority(std::string_view name);
std::optional<parent_failure> parse_parent_failure(std::string_view name);

// "TASK", the day and 8 hexadecimal digits; distinct for any 2^32 ids in a row, and made from what the row
// has anyway.
std::string reference_of(const task& named);

}  // namespace esm::tasks
