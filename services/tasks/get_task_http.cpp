// See get_task_http.hpp.
#include "services/tasks/get_task_http.hpp"

#include "platform/http/cursor.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/http_replies.hpp"

namespace esm::tasks {

namespace {

// RFC 9110 section 13.1.2: a list of entity tags, weak ones compare the same, or "*".
bool is_known_version(std::string_view if_none_match, const std::string& etag) {
    return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

}  // namespace

awaitable<result<http::response>> get_one_task(get_task_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto found = co_await deps.reading.run(*id, visible_user(*call.ctx.caller), call.ctx.until);
    if (!found) co_return found.error();
    if (!is_known_version(call.header("if-none-match"), http::etag(found->version)))
        co_return task_reply(*found);
    http::response unchanged;
    unchanged.status = 304;
    unchanged.headers.emplace_back("ETag", http::etag(found->version));
    co_return unchanged;
}

}  // namespace esm::tasks
