// See events.hpp.
#include "services/tasks/events.hpp"

#include "services/tasks/task_json.hpp"

namespace esm::tasks {

namespace {

constexpr std::string_view source = "/tasks";

std::string_view type_of(task_status reached) {
    switch (reached) {
        case task_status::running:
            return "task.started.v1";
        case task_status::retrying:
            return "task.retrying.v1";
        case task_status::completed:
            return "task.completed.v1";
        case task_status::failed:
            return "task.failed.v1";
        case task_status::cancelled:
            return "task.cancelled.v1";
        case task_status::timed_out:
            return "task.timed_out.v1";
        default:
            return "task.created.v1";
    }
}

}  // namespace

events::event task_created(const task& made, std::string data, const trace_context& trace) {
    return events::make_event(
        task_topic, "task.created.v1", source, std::to_string(made.id), made.version, std::move(data), trace
    );
}

events::event task_changed(const task& changed) {
    std::string data;
    append_task(data, changed, carried_result_max_bytes);
    // The request that created the task began the chain; this change is caused by no request of its own.
    const trace_context trace{{}, changed.correlation_id, {}, changed.traceparent};
    return events::make_event(
        task_topic,
        type_of(changed.status),
        source,
        std::to_string(changed.id),
        changed.version,
        std::move(data),
        trace
    );
}

}  // namespace esm::tasks
