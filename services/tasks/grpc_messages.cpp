// See grpc_messages.hpp.
#include "services/tasks/grpc_messages.hpp"

#include "platform/base/json_decoder.hpp"
#include "services/tasks/list_tasks.hpp"

namespace esm::tasks {

namespace {

// The enumerations of the contract have an unspecified value before ours.
proto::TaskStatus status_to_proto(task_status status) {
    return static_cast<proto::TaskStatus>(static_cast<int>(status) + 1);
}
static_assert(proto::TASK_STATUS_SCHEDULED == static_cast<int>(task_status::scheduled) + 1);
static_assert(proto::TASK_STATUS_RUNNING == static_cast<int>(task_status::running) + 1);
static_assert(proto::TASK_STATUS_TIMED_OUT == static_cast<int>(task_status::timed_out) + 1);
static_assert(proto::TASK_PRIORITY_LOW == static_cast<int>(task_priority::low) + 1);
static_assert(proto::TASK_PRIORITY_CRITICAL == static_cast<int>(task_priority::critical) + 1);
static_assert(proto::PARENT_FAILURE_FAIL == static_cast<int>(parent_failure::fail) + 1);
static_assert(proto::PARENT_FAILURE_RUN == static_cast<int>(parent_failure::run) + 1);
static_assert(proto::UNIQUE_CONFLICT_RETURN == static_cast<int>(unique_conflict::give_existing) + 1);
static_assert(proto::UNIQUE_CONFLICT_REPLACE == static_cast<int>(unique_conflict::replace) + 1);

result<std::optional<task_priority>> read_priority(int given) {
    if (given == proto::TASK_PRIORITY_UNSPECIFIED) return std::optional<task_priority>{};
    if (!proto::TaskPriority_IsValid(given))
        return invalid_field("/priority", "not_allowed", "is no priority");
    return std::optional(static_cast<task_priority>(given - 1));
}

void fill_extra(proto::Task& into, const task_extra& from) {
    if (from.unique_key) into.set_unique_key(*from.unique_key);
    if (from.concurrency_key) {
        into.set_concurrency_key(*from.concurrency_key);
        into.set_concurrency_limit(static_cast<std::int32_t>(from.concurrency_limit));
    }
    for (const auto parent : from.depends_on) into.add_depends_on(parent);
    if (!from.depends_on.empty()) {
        into.set_on_parent_failure(
            static_cast<proto::ParentFailure>(static_cast<int>(from.on_parent_failure) + 1)
        );
    }
    if (from.retry_of) into.set_retry_of(*from.retry_of);
}

result<void> read_links(const proto::CreateRequest& request, new_task& given) {
    if (request.has_unique_key()) given.unique_key = request.unique_key();
    if (!proto::UniqueConflict_IsValid(request.on_conflict()))
        return invalid_field("/onConflict", "not_allowed", "is nothing that can happen");
    if (request.on_conflict() != proto::UNIQUE_CONFLICT_UNSPECIFIED)
        given.on_conflict = static_cast<unique_conflict>(request.on_conflict() - 1);
    if (request.has_concurrency_key()) given.concurrency_key = request.concurrency_key();
    if (request.has_concurrency_limit()) given.concurrency_limit = request.concurrency_limit();
    given.depends_on.assign(request.depends_on().begin(), request.depends_on().end());
    if (!proto::ParentFailure_IsValid(request.on_parent_failure()))
        return invalid_field("/onParentFailure", "not_allowed", "is nothing that can become of a task");
    if (request.on_parent_failure() != proto::PARENT_FAILURE_UNSPECIFIED)
        given.on_parent_failure = static_cast<parent_failure>(request.on_parent_failure() - 1);
    return {};
}

}  // namespace

void fill(proto::Task& into, const task& from) {
    into.set_task_id(from.id);
    into.set_task_reference(reference_of(from));
    into.set_task_type(from.type);
    into.set_status(status_to_proto(from.status));
    into.set_priority(static_cast<proto::TaskPriority>(static_cast<int>(from.priority) + 1));
    into.set_progress(static_cast<std::int32_t>(from.progress));
    into.set_parameters_json(from.parameters);
    if (from.result) into.set_result_json(*from.result);
    if (from.error_message) into.set_error_message(*from.error_message);
    into.set_user_id(from.user_id);
    into.set_attempt(static_cast<std::int32_t>(from.attempt));
    into.set_max_attempts(static_cast<std::int32_t>(from.max_attempts));
    into.set_queue(from.queue);
    into.set_timeout_seconds(static_cast<std::int32_t>(from.timeout_seconds));
    for (const auto& tag : from.tags) into.add_tags(tag);
    into.set_run_at_us(from.run_at);
    into.set_created_at_us(from.created_at);
    if (from.started_at) into.set_started_at_us(*from.started_at);
    if (from.completed_at) into.set_completed_at_us(*from.completed_at);
    into.set_cancel_requested(from.cancel_requested);
    into.set_version(from.version);
    if (from.worker) into.set_worker(*from.worker);
    fill_extra(into, from.extra);
}

result<new_task> read_new_task(const proto::CreateRequest& request) {
    if (request.user_id() <= 0)
        return invalid_field("/user_id", "required", "must be the user the task is for");
    new_task given;
    given.user_id = request.user_id();
    given.type = request.task_type();
    if (!request.parameters_json().empty()) {
        auto parameters = json::parse_object(request.parameters_json());
        if (!parameters) return invalid_field("/parameters", "not_an_object", parameters.error().detail);
        given.parameters = std::move(*parameters);
    }
    const auto priority = read_priority(request.priority());
    if (!priority) return priority.error();
    given.priority = *priority;
    if (request.has_run_at_us()) given.run_at = request.run_at_us();
    if (request.has_queue()) given.queue = request.queue();
    if (request.has_timeout_seconds()) given.timeout_seconds = request.timeout_seconds();
    if (request.has_max_attempts()) given.max_attempts = request.max_attempts();
    given.tags.assign(request.tags().begin(), request.tags().end());
    if (const auto links = read_links(request, given); !links) return links.error();
    return given;
}

result<task_store::filter> read_filter(const proto::ListRequest& request) {
    task_store::filter which;
    if (request.has_user_id()) which.user_id = request.user_id();
    if (request.status() != proto::TASK_STATUS_UNSPECIFIED) {
        if (!proto::TaskStatus_IsValid(request.status())) {
            return invalid_field("/status", "not_allowed", "is no state of a task");
        }
        which.status = static_cast<task_status>(request.status() - 1);
    }
    const auto priority = read_priority(request.priority());
    if (!priority) return priority.error();
    which.priority = *priority;
    which.type = request.task_type();
    which.queue = request.queue();
    which.tag = request.tag();
    if (request.has_created_after_us()) which.created_from = request.created_after_us();
    if (request.has_created_before_us()) which.created_before = request.created_before_us();
    return which;
}

result<http::page> read_page(const proto::ListRequest& request, const task_store::filter& which) {
    http::request asked;
    if (request.limit() != 0) asked.query.emplace_back("limit", std::to_string(request.limit()));
    if (!request.cursor().empty()) asked.query.emplace_back("cursor", request.cursor());
    return http::read_page(asked, filter_text(which), cursor_keys);
}

}  // namespace esm::tasks
