// A schedule: a task to be created again and again, when, and what became of it last.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "services/tasks/schedules/timing.hpp"

namespace esm::tasks::schedules {

// What to do while the last task of the schedule has not ended.
enum class overlap_policy : std::uint8_t { allow, skip };

// What its owner says.
struct definition {
    std::string name;
    std::string cron;
    std::string time_zone{"UTC"};
    missed_runs missed{missed_runs::run_once};
    overlap_policy overlap{overlap_policy::allow};
    bool paused{false};
    std::optional<instant_us> starts_at, ends_at;
    std::string task;  // JSON object text: the fields of POST /tasks
};

struct schedule {
    std::int64_t id{0};
    std::int64_t user_id{0};
    definition says;
    std::optional<instant_us> next_run_at;  // none: paused, or there is no further one
    std::optional<instant_us> last_run_at;
    std::optional<std::int64_t> last_task_id;
    std::optional<std::string> last_error;  // why the last run made no task
    std::int64_t version{1};                // of the definition: runs do not change it
    instant_us created_at{0};
    instant_us updated_at{0};
};

std::string_view name_of(missed_runs policy);
std::string_view name_of(overlap_policy policy);
std::optional<missed_runs> parse_missed_runs(std::string_view name);
std::optional<overlap_policy> parse_overlap(std::string_view name);

// errc::validation_failed, with the fields, where cron or time zone are wrong.
result<timing> timing_of(const definition& says);

// The tag of a schedule's tasks: "schedule:1000".
std::string tag_of(std::int64_t schedule_id);

// {"scheduleId":…}
void append_schedule(std::string& out, const schedule& shown);
// {"schedule":{…}}
std::string schedule_body(const schedule& shown);

}  // namespace esm::tasks::schedules
