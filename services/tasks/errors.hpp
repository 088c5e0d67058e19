// The expected failures of this service in its own words; the codes are those of contracts/errors.yaml.
#pragma once

#include <fmt/format.h>

#include "platform/base/result.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

// Also for a task of somebody else: whether it exists is not the caller's to know.
inline error no_such_task(std::int64_t id) {
    return fail(errc::not_found, fmt::format("no task has id {}", id));
}

inline error already_ended(const task& ended) {
    return fail(errc::task_already_terminal, fmt::format("the task is {}", name_of(ended.status)));
}

inline error user_is_gone() {
    return fail(errc::forbidden, "the account was deleted: no task can be created for it");
}

inline error key_is_taken(std::int64_t by) {
    return fail(errc::unique_key_in_use, fmt::format("task {} has this unique key and has not ended", by));
}

inline error no_such_parent(std::int64_t id) {
    auto refused = fail(errc::validation_failed, fmt::format("/dependsOn: there is no task {}", id));
    refused.fields.push_back({"/dependsOn", "not_found", fmt::format("names task {}, which is not there", id)}
    );
    return refused;
}

inline error not_ended(const task& running) {
    return fail(
        errc::conflict,
        fmt::format("the task is {}: only a task that has ended can be run again", name_of(running.status))
    );
}

inline error not_your_user() {
    return fail(errc::forbidden, "only the scope tasks:admin may create tasks of other users");
}

}  // namespace esm::tasks
