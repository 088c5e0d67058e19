// See get_task_http.hpp.
#include "services/tasks/get_task_http.hpp"

#include <charconv>

#include "platform/http/cursor.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/http_replies.hpp"
#include "services/tasks/wait_for_task.hpp"

namespace esm::tasks {

namespace {

constexpr std::int64_t wait_most_s = 60;

// RFC 9110 section 13.1.2: a list of entity tags, weak ones compare the same, or "*".
bool is_known_version(std::string_view if_none_match, const std::string& etag) {
    return if_none_match == "*" || if_none_match.find(etag) != std::string_view::npos;
}

http::response reply_of(const http::request& call, const task& found) {
    if (!is_known_version(call.header("if-none-match"), http::etag(found.version))) return task_reply(found);
    http::response unchanged;
    unchanged.status = 304;
    unchanged.headers.emplace_back("ETag", http::etag(found.version));
    return unchanged;
}

// Seconds as in "30s"; zero where the request does not wait.
result<std::chrono::seconds> read_wait(const http::request& call) {
    const auto text = call.query_param("wait");
    if (!text) return std::chrono::seconds(0);
    std::int64_t seconds = 0;
    const auto [end, failure] = std::from_chars(text->data(), text->data() + text->size(), seconds);
    const bool is_form =
        failure == std::errc{} && text->substr(static_cast<std::size_t>(end - text->data())) == "s";
    const bool is_plain = is_form && (text->front() != '0' || text->size() == 2);
    if (is_plain && seconds >= 0 && seconds <= wait_most_s) return std::chrono::seconds(seconds);
    constexpr auto rule = "must be 0s to 60s";
    auto refused = fail(errc::malformed_request, fmt::format("wait: {}", rule));
    refused.fields.push_back({"wait", "not_allowed", rule});
    return refused;
}

}  // namespace

awaitable<result<http::response>> get_one_task(get_task_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"wait"}); !query) co_return query.error();
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto wait = read_wait(call);
    if (!wait) co_return wait.error();
    const auto found = co_await deps.reading.run(*id, visible_user(*call.ctx.caller), call.ctx.until);
    if (!found) co_return found.error();
    auto now = reply_of(call, *found);
    const bool is_news = now.status == 200 && !call.header("if-none-match").empty();
    if (wait->count() == 0 || is_news || is_terminal(found->status) || call.method == "HEAD") co_return now;
    auto watched = co_await deps.watching.watch_task(*found);
    if (!watched) co_return watched.error();
    http::response later;
    later.source = std::make_shared<wait_for_task>(
        std::move(*watched),
        security::caller_check(*call.ctx.caller, deps.revoked),
        std::min<std::chrono::milliseconds>(*wait, deps.wait_max),
        std::move(now),
        call.ctx.trace.request_id
    );
    co_return later;
}

}  // namespace esm::tasks
