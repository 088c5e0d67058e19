// The expected failures of schedules in their own words; the codes are those of contracts/errors.yaml.
#pragma once

#include <fmt/format.h>

#include "platform/base/result.hpp"

namespace esm::tasks::schedules {

// Also for a schedule of somebody else: whether it exists is not the caller's to know.
inline error no_such_schedule(std::int64_t id) {
    return fail(errc::not_found, fmt::format("no schedule has id {}", id));
}

inline error too_many_schedules(std::int64_t most) {
    return fail(errc::conflict, fmt::format("the account has {} schedules, which is the most allowed", most));
}

inline error still_runs(std::int64_t task_id) {
    return fail(
        errc::conflict,
        fmt::format("task {} of this schedule has not ended, and the schedule says overlap: skip", task_id)
    );
}

inline error changed_meanwhile() {
    return fail(errc::conflict, "the schedule was changed by others at the same time: try again");
}

inline error owner_is_gone() {
    return fail(errc::forbidden, "the account was deleted: it can have no schedule");
}

inline error not_your_schedule() {
    return fail(errc::forbidden, "only the scope tasks:admin may create schedules of other users");
}

}  // namespace esm::tasks::schedules
