// See cancel_task_http.hpp.
#include "services/tasks/cancel_task_http.hpp"

#include "services/tasks/access.hpp"
#include "services/tasks/http_replies.hpp"

namespace esm::tasks {

awaitable<result<http::response>> put_cancel(cancel_task_http& deps, http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto cancelled = co_await deps.cancelling.run(*id, visible_user(*call.ctx.caller), call.ctx.until);
    if (!cancelled) co_return cancelled.error();
    co_return task_reply(*cancelled);
}

}  // namespace esm::tasks
