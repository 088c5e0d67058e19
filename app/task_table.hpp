// Tasks as people read them at a terminal: a line each, or a table with progress bars that is drawn again and
// again. Pure: what is to be shown in, lines of text out.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"

namespace esm::app {

// What of a task's JSON is shown.
struct task_line {
    std::int64_t id{0};
    std::string type, status, message;
    std::int64_t progress{0}, attempt{0}, max_attempts{0}, version{0};
    instant_us run_at{0};
    std::optional<instant_us> started_at, completed_at;
};

task_line read_task_line(const boost::json::object& task);

bool has_ended(const task_line& shown);
// Every end but `completed`.
bool has_failed(const task_line& shown);

struct table_look {
    bool colours{false};
    bool unicode{false};
    std::size_t columns{80};
    std::size_t rows{24};  // the whole table fits into these; 0: as many as there are
};

// A head, a line a task in order of id, and a count by state at the foot with `note` behind it. Where the
// rows do not suffice, what waits is left out first, then what has ended. `frame` turns the spinner.
std::vector<std::string> draw_tasks(
    const std::vector<task_line>& tasks,
    const table_look& look,
    instant_us now,
    std::size_t frame,
    std::string_view note = {}
);

// "1042 data_processing running 40 %", and what went wrong behind it.
std::string plain_line(const task_line& shown);

// "1:05", "1:02:03".
std::string clock_text(std::int64_t seconds);

}  // namespace esm::app
