// See attempts_http.hpp.
#include "services/tasks/attempts_http.hpp"

#include <fmt/format.h>

#include <charconv>

#include "platform/http/cursor.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/attempt_store.hpp"

namespace esm::tasks {

namespace {

namespace bj = boost::json;

bj::value instant(instant_us at) {
    return at == 0 ? bj::value() : bj::value(format_instant(at));
}

bj::object to_json(const attempt_store::attempt& shown) {
    return {
        {"attempt", shown.number},
        {"worker", shown.worker},
        {"startedAt", instant(shown.started_at)},
        {"endedAt", instant(shown.ended_at)},
        {"outcome", shown.outcome},
        {"errorMessage", shown.error_message ? bj::value(*shown.error_message) : bj::value()},
    };
}

// The attempt that runs, or that ended the task, is told by the task itself.
std::optional<attempt_store::attempt> last_of(const task& shown) {
    const bool over = is_terminal(shown.status);
    if (!shown.started_at || shown.attempt == 0 || !(over || shown.status == task_status::running)) {
        return std::nullopt;
    }
    return attempt_store::attempt{
        shown.id,
        shown.attempt,
        shown.worker.value_or(""),
        *shown.started_at,
        over ? shown.completed_at.value_or(0) : 0,
        std::string(name_of(shown.status)),
        over ? shown.error_message : std::nullopt
    };
}

// The query parameter `attempt`, where it is given.
result<std::optional<std::int64_t>> read_attempt(const http::request& call) {
    const auto text = call.query_param("attempt");
    std::int64_t number = 0;
    if (!text) return std::optional<std::int64_t>{};
    const auto* end = text->data() + text->size();
    const auto read = std::from_chars(text->data(), end, number);
    if (read.ec != std::errc{} || read.ptr != end || number < 1) {
        return http::bad_parameter("attempt", "not_allowed", "must be the number of an attempt, from 1 up");
    }
    return std::optional(number);
}

awaitable<result<task>> visible_task(attempts_http& deps, http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    co_return co_await deps.reading.run(*id, visible_user(*call.ctx.caller), call.ctx.until);
}

}  // namespace

awaitable<result<http::response>> get_attempts(attempts_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto found = co_await visible_task(deps, call);
    if (!found) co_return found.error();
    bj::array shown;
    const auto last = last_of(*found);
    bool is_over = false;  // cancelled, say, while it waited for its next attempt
    for (const auto& each : co_await attempt_store::list(deps.database, found->id, call.ctx.until)) {
        if (last && each.number == last->number) is_over = true;
        shown.push_back(to_json(each));
    }
    if (last && !is_over) shown.push_back(to_json(*last));
    co_return http::json_reply(200, bj::object{{"attempts", std::move(shown)}});
}

awaitable<result<http::response>> get_logs(attempts_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"attempt", "limit", "cursor"}); !query) {
        co_return query.error();
    }
    const auto attempt = read_attempt(call);
    if (!attempt) co_return attempt.error();
    const auto filter = fmt::format("logs of {} {}", call.path_param("id"), attempt->value_or(0));
    const auto page = http::read_page(call, filter, 2);
    if (!page) co_return page.error();
    const auto found = co_await visible_task(deps, call);
    if (!found) co_return found.error();
    const auto limit = static_cast<std::size_t>(page->limit);
    auto lines = co_await attempt_store::list_log(
        deps.database,
        found->id,
        *attempt,
        page->after.empty() ? 0 : page->after[0],
        page->after.empty() ? 0 : page->after[1],
        limit + 1,
        call.ctx.until
    );
    const bool more = lines.size() > limit;
    if (more) lines.resize(limit);
    bj::array shown;
    for (const auto& each : lines) {
        shown.push_back(bj::object{
            {"attempt", each.attempt},
            {"at", format_instant(each.what.at)},
            {"severity", attempt_store::name_of(each.what.severity)},
            {"message", each.what.text},
        });
    }
    bj::object body{{"logs", std::move(shown)}, {"nextCursor", nullptr}};
    if (more) body["nextCursor"] = http::make_cursor({lines.back().attempt, lines.back().line}, filter);
    co_return http::json_reply(200, body);
}

}  // namespace esm::tasks
