// The rules of a new task's fields, as create_task keeps them.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "services/tasks/handlers/handler.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

// What happens when a task with the same unique key has not ended.
enum class unique_conflict : std::uint8_t {
    give_existing,  // "return": the answer is the task that there is
    reject,
    replace  // the one that there is is cancelled
};

// As it came, with types checked and rules not.
struct new_task {
    std::int64_t user_id{0};
    std::string type;
    boost::json::object parameters;
    std::optional<task_priority> priority;
    std::optional<instant_us> run_at;
    std::optional<std::string> queue;
    std::optional<std::int64_t> timeout_seconds;
    std::optional<std::int64_t> max_attempts;
    std::vector<std::string> tags;
    std::optional<std::string> unique_key;
    std::optional<unique_conflict> on_conflict;
    std::optional<std::string> concurrency_key;
    std::optional<std::int64_t> concurrency_limit;
    std::vector<std::int64_t> depends_on;
    std::optional<parent_failure> on_parent_failure;
    std::optional<std::int64_t> retry_of;
};

std::optional<unique_conflict> parse_unique_conflict(std::string_view name);

// What is wrong with it, each under its JSON pointer.
std::vector<field_error> broken_rules(
    const new_task& given,
    std::size_t parameters_bytes,
    std::int64_t parameters_max_bytes,
    const handler_set& handlers
);

// errc::validation_failed with the problems, 50 at most.
error rules_broken(std::vector<field_error> problems);

}  // namespace esm::tasks
