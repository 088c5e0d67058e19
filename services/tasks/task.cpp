// See task.hpp.
#include "services/tasks/task.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace esm::tasks {

namespace {

constexpr std::array<std::string_view, status_count> status_names{
    "scheduled", "blocked", "pending", "running", "retrying", "completed", "failed", "cancelled", "timed_out"
};
constexpr std::array<std::string_view, 4> priority_names{"low", "medium", "high", "critical"};

constexpr std::array<std::string_view, 3> parent_failure_names{"fail", "skip", "run"};

std::optional<task_status> after_running(happening what) {
    switch (what) {
        case happening::completed:
            return task_status::completed;
        case happening::failed:
            return task_status::failed;
        case happening::failed_once:
            return task_status::retrying;
        case happening::timed_out:
            return task_status::timed_out;
        case happening::given_back:
            return task_status::pending;
        default:
            return std::nullopt;
    }
}

template <class Enum, std::size_t N>
std::optional<Enum> find_name(const std::array<std::string_view, N>& names, std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    if (found == names.end()) return std::nullopt;
    return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::optional<task_status> next_status(task_status from, happening what) {
    using enum task_status;
    if (is_terminal(from)) return std::nullopt;
    if (what == happening::cancelled) return cancelled;
    switch (from) {
        case blocked:
            if (what == happening::unblocked) return pending;
            if (what == happening::postponed) return scheduled;
            if (what == happening::parent_failed) return failed;
            if (what == happening::skipped) return cancelled;
            return std::nullopt;
        case running:
            return after_running(what);
        case pending:
            if (what == happening::claimed) return running;
            return std::nullopt;
        default:  // scheduled, retrying
            if (what == happening::due) return pending;
            // Its lease was due at once by the database's clock, so nobody said that its instant had come.
            if (what == happening::claimed) return running;
            return std::nullopt;
    }
}

bool is_terminal(task_status status) {
    return status == task_status::completed || status == task_status::failed ||
           status == task_status::cancelled || status == task_status::timed_out;
}

bool apply(task& changed, happening what, details with) {
    const auto next = next_status(changed.status, what);
    if (!next) return false;
    if (what == happening::claimed) {
        ++changed.attempt;
        changed.progress = 0;
        changed.started_at = with.now;
    }
    if (what == happening::completed) {
        changed.progress = 100;
        changed.result = std::move(with.result);
        changed.error_message.reset();
    }
    if (with.error_message) changed.error_message = std::move(with.error_message);
    if (what == happening::failed_once) changed.run_at = with.retry_at;
    if (what == happening::given_back) ++changed.lost_attempts;
    if (what == happening::cancelled) changed.cancel_requested = true;
    if (is_terminal(*next)) changed.completed_at = with.now;
    changed.status = *next;
    ++changed.version;
    return true;
}

bool may_retry(const task& failed) {
    return failed.attempt - failed.lost_attempts < failed.max_attempts;
}

std::string_view name_of(task_status status) {
    return status_names[static_cast<std::size_t>(status)];
}
std::string_view name_of(task_priority priority) {
    return priority_names[static_cast<std::size_t>(priority)];
}

std::optional<task_status> parse_status(std::string_view name) {
    return find_name<task_status>(status_names, name);
}

std::string_view name_of(parent_failure policy) {
    return parent_failure_names[static_cast<std::size_t>(policy)];
}

std::optional<parent_failure> parse_parent_failure(std::string_view name) {
    return find_name<parent_failure>(parent_failure_names, name);
}

std::optional<task_priority> parse_priority(std::string_view name) {
    return find_name<task_priority>(priority_names, name);
}

std::string reference_of(const task& named) {
    // An odd factor permutes the 32-bit numbers (Knuth, The Art of Computer Programming, 6.4), so neighbours
    // look apart.
    const auto digits = static_cast<std::uint32_t>(static_cast<std::uint64_t>(named.id) * 2'654'435'761U);
    return fmt::format(FMT_COMPILE("TASK{}{:08x}"), format_day(named.created_at), digits);
}

}  // namespace esm::tasks
