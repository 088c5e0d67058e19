// Whose tasks a caller may see and change: the own ones, or all for administrators.
#pragma once

#include "platform/base/context.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

inline bool is_administrator(const principal& caller) {
    return caller.has_scope("tasks:admin") ||
           std::find(caller.roles.begin(), caller.roles.end(), "admin") != caller.roles.end();
}

// The user whose tasks alone are visible; unset for administrators.
inline std::optional<std::int64_t> visible_user(const principal& caller) {
    if (is_administrator(caller)) return std::nullopt;
    return caller.user_id;
}

inline bool may_see(std::optional<std::int64_t> visible, const task& shown) {
    return !visible || *visible == shown.user_id;
}

}  // namespace esm::tasks
