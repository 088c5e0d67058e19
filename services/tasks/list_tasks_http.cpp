// See list_tasks_http.hpp.
#include "services/tasks/list_tasks_http.hpp"

#include "platform/base/json_text.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/http_replies.hpp"
#include "services/tasks/names.hpp"

namespace esm::tasks {

namespace {

error bad_parameter(std::string name, std::string message) {
    auto refused = fail(errc::malformed_request, name + ": " + message);
    refused.fields.push_back({std::move(name), "not_allowed", std::move(message)});
    return refused;
}

result<instant_us> read_instant(const http::request& call, std::string_view name, instant_us otherwise) {
    const auto text = call.query_param(name);
    if (!text) return otherwise;
    if (const auto instant = parse_instant(*text)) return *instant;
    return bad_parameter(std::string(name), "must be an instant of RFC 3339");
}

result<task_store::filter> read_filter(const http::request& call) {
    task_store::filter which;
    which.user_id = visible_user(*call.ctx.caller);
    if (const auto status = call.query_param("status")) {
        which.status = parse_status(*status);
        if (!which.status) return bad_parameter("status", "is no state of a task");
    }
    if (const auto priority = call.query_param("priority")) {
        which.priority = parse_priority(*priority);
        if (!which.priority) return bad_parameter("priority", "must be low, medium, high or critical");
    }
    const auto read_name = [&](std::string_view name, bool (*fits)(std::string_view), std::string& into) {
        const auto text = call.query_param(name);
        if (!text) return true;
        into = *text;
        return fits(into);
    };
    if (!read_name("type", is_type_name, which.type)) return bad_parameter("type", "is no task type");
    if (!read_name("queue", is_queue_name, which.queue)) return bad_parameter("queue", "is no queue's name");
    if (!read_name("tag", is_tag, which.tag)) return bad_parameter("tag", "is no tag");
    const auto from = read_instant(call, "createdAfter", which.created_from);
    if (!from) return from.error();
    const auto before = read_instant(call, "createdBefore", which.created_before);
    if (!before) return before.error();
    which.created_from = *from;
    which.created_before = *before;
    return which;
}

std::string page_body(const task_page& page, std::int64_t limit) {
    std::string body{"{\"tasks\":["};
    for (std::size_t i = 0; i < page.tasks.size(); ++i) {
        if (i > 0) body += ',';
        append_task(body, page.tasks[i], carried_result_max_bytes);
    }
    const bool more = !page.next_cursor.empty();
    body += fmt::format("],\"pagination\":{{\"limit\":{},\"hasMore\":{},\"nextCursor\":", limit, more);
    if (more) {
        json::append_string(body, page.next_cursor);
    } else {
        body += "null";
    }
    body += "}}";
    return body;
}

}  // namespace

awaitable<result<http::response>> get_tasks(list_tasks_http& deps, http::request& call) {
    const auto query = http::check_query(
        call,
        {"status", "type", "priority", "queue", "tag", "createdAfter", "createdBefore", "limit", "cursor"}
    );
    if (!query) co_return query.error();
    const auto which = read_filter(call);
    if (!which) co_return which.error();
    const auto where = http::read_page(call, filter_text(*which), cursor_keys);
    if (!where) co_return where.error();
    const auto page = co_await list_tasks(deps.database, *which, *where, call.ctx.until);
    auto reply = http::json_text_reply(200, page_body(page, where->limit));
    http::add_next_link(reply, call, page.next_cursor);
    co_return reply;
}

}  // namespace esm::tasks
