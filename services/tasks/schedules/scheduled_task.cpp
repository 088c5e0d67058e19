// See scheduled_task.hpp.
#include "services/tasks/schedules/scheduled_task.hpp"

#include <fmt/format.h>

#include "services/tasks/create_task_http.hpp"

namespace esm::tasks::schedules {

namespace {

constexpr std::size_t own_tags_max = 19;  // and the schedule's makes the 20 of a task

// What the schedule says itself, and what only makes sense once.
constexpr std::array<std::string_view, 3> not_in_schedules{"runAt", "userId", "dependsOn"};

}  // namespace

error within_task(error refused) {
    for (auto& each : refused.fields) each.pointer = "/task" + each.pointer;
    if (refused.detail.starts_with('/')) refused.detail = "/task" + refused.detail;
    return refused;
}

result<new_task> task_of(const schedule& from) {
    const auto fields = boost::json::parse(from.says.task).as_object();
    for (const auto name : not_in_schedules) {
        if (!fields.contains(name)) continue;
        auto refused = fail(errc::malformed_request, "1 field is wrong");
        refused.fields.push_back({fmt::format("/task/{}", name), "unknown_field", "A scheduled task has none"}
        );
        return refused;
    }
    principal owner;
    owner.user_id = from.user_id;
    auto given = decode_new_task(fields, owner);
    if (!given) return within_task(given.error());
    if (given->tags.size() > own_tags_max) {
        return invalid_field(
            "/task/tags", "item_count", fmt::format("may have at most {} items", own_tags_max)
        );
    }
    const auto tag = tag_of(from.id);
    if (std::find(given->tags.begin(), given->tags.end(), tag) == given->tags.end()) {
        given->tags.push_back(tag);
    }
    return given;
}

void run_as_of(task_draft& draft, instant_us run_at) {
    draft.made.run_at = run_at;
    draft.json.clear();  // made from the task when it is written
}

}  // namespace esm::tasks::schedules
