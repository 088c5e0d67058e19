// Attempts of tasks and their log lines in TASK_PROCESSING. Stateless; every call takes the caller's
// transaction or database.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/db/database.hpp"
#include "services/tasks/attempt_work.hpp"

namespace esm::tasks::attempt_store {

// An attempt that did not end its task; the one that did is told by the task.
struct attempt {
    std::int64_t task_id{0};
    std::int64_t number{0};
    std::string worker;
    instant_us started_at{0};
    instant_us ended_at{0};
    std::string outcome;  // "failed", "timed_out", "lost", "released"
    std::optional<std::string> error_message;
};

void insert(db::transaction& tx, const std::vector<attempt>& ended);
// How many attempts of each lost their worker; those of none are left out.
awaitable<std::unordered_map<std::int64_t, std::int64_t>> count_lost(
    db::transaction& tx, std::vector<std::int64_t> task_ids
);

// In order of number, up to 1,000.
awaitable<std::vector<attempt>> list(db::database& source, std::int64_t task_id, deadline until);

struct logged {
    std::int64_t attempt{0};
    std::int64_t line{0};  // from 1 up within the attempt
    log_line what;
};

// Numbers the lines from behind `last_line` on.
void append_log(
    db::transaction& tx,
    std::int64_t task_id,
    std::int64_t attempt,
    std::int64_t last_line,
    const std::vector<log_line>& lines
);
// The number of the attempt's last line, 0 before the first.
awaitable<std::int64_t> last_line(db::transaction& tx, std::int64_t task_id, std::int64_t attempt);

// In order, those behind (after_attempt, after_line).
awaitable<std::vector<logged>> list_log(
    db::database& source,
    std::int64_t task_id,
    std::optional<std::int64_t> attempt,
    std::int64_t after_attempt,
    std::int64_t after_line,
    std::size_t limit,
    deadline until
);

std::string_view name_of(log_severity severity);
std::optional<log_severity> parse_severity(std::string_view name);

}  // namespace esm::tasks::attempt_store
