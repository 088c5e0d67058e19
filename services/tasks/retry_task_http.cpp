// See retry_task_http.hpp.
#include "services/tasks/retry_task_http.hpp"

#include "platform/base/json_decoder.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/errors.hpp"

namespace esm::tasks {

namespace {

// What the ended task was asked to do, at once; what it waited for it waits for no more.
result<new_task> same_again(const task& ended) {
    auto parameters = json::parse_object(ended.parameters);
    if (!parameters) return parameters.error();
    new_task given;
    given.user_id = ended.user_id;
    given.type = ended.type;
    given.parameters = std::move(*parameters);
    given.priority = ended.priority;
    given.queue = ended.queue;
    given.timeout_seconds = ended.timeout_seconds;
    given.max_attempts = ended.max_attempts;
    given.tags = ended.tags;
    given.unique_key = ended.extra.unique_key;
    if (given.unique_key) given.on_conflict = unique_conflict::reject;
    given.concurrency_key = ended.extra.concurrency_key;
    if (given.concurrency_key) given.concurrency_limit = ended.extra.concurrency_limit;
    given.retry_of = ended.id;
    return given;
}

}  // namespace

awaitable<result<http::response>> post_retry(retry_task_http& deps, http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto found = co_await deps.reading.run(*id, visible_user(*call.ctx.caller), call.ctx.until);
    if (!found) co_return found.error();
    if (!is_terminal(found->status)) co_return not_ended(*found);
    auto given = same_again(*found);
    if (!given) co_return given.error();
    co_return co_await answer_new_task(deps.creating, call, std::move(*given));
}

}  // namespace esm::tasks
