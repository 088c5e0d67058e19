// See watch_tasks_http.hpp.
#include "services/tasks/watch_tasks_http.hpp"

#include <charconv>

#include "platform/http/cursor.hpp"
#include "services/tasks/access.hpp"

namespace esm::tasks {

namespace {

constexpr std::string_view event_stream_type = "text/event-stream";
constexpr std::int64_t first_user_id = 1'000;
constexpr std::size_t event_id_digits_max = 18;  // as the contract has it

error bad_parameter(std::string name, std::string message) {
    auto refused = fail(errc::malformed_request, name + ": " + message);
    refused.fields.push_back({std::move(name), "not_allowed", std::move(message)});
    return refused;
}

// A whole number without a sign.
std::optional<std::int64_t> read_number(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || failure != std::errc{} || end != text.data() + text.size() || number < 0) return {};
    return number;
}

// Unset where there is none.
result<std::optional<std::int64_t>> read_last_event_id(const http::request& call) {
    const auto text = call.header("last-event-id");
    if (text.empty()) return std::optional<std::int64_t>{};
    const auto number = text.size() <= event_id_digits_max ? read_number(text) : std::nullopt;
    if (!number) return bad_parameter("Last-Event-ID", "must be the id of an event, a whole number");
    return number;
}

// Whose tasks: the caller's, or those of another user for administrators.
result<std::int64_t> read_user(const http::request& call) {
    const auto& caller = *call.ctx.caller;
    const auto text = call.query_param("userId");
    if (text) {
        const auto given = read_number(*text);
        if (!given || *given < first_user_id) return bad_parameter("userId", "must be the id of a user");
        if (*given == caller.user_id || is_administrator(caller)) return *given;
        return fail(errc::forbidden, "only the scope tasks:admin may watch tasks of other users");
    }
    if (caller.user_id != 0) return caller.user_id;
    return bad_parameter("userId", "is needed where the caller is a client, which has no tasks of its own");
}

http::response stream_reply(std::shared_ptr<event_stream> events) {
    http::response reply;
    reply.content_type = event_stream_type;
    reply.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would gather the events
    reply.source = std::move(events);
    return reply;
}

}  // namespace

awaitable<result<http::response>> get_task_events(watch_tasks_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto seen = read_last_event_id(call);
    if (!seen) co_return seen.error();
    const auto found = co_await deps.reading.run(*id, visible_user(*call.ctx.caller), call.ctx.until);
    if (!found) co_return found.error();
    std::optional<task_watch::handle> watched;
    if (is_terminal(found->status)) {
        if (seen->value_or(0) >= found->version) {
            http::response nothing_more;
            nothing_more.status = 204;
            co_return nothing_more;
        }
    } else {
        auto handle = co_await deps.watching.watch_task(*found);
        if (!handle) co_return handle.error();
        watched.emplace(std::move(*handle));
    }
    co_return stream_reply(std::make_shared<event_stream>(
        *found,
        seen->value_or(0),
        std::move(watched),
        security::caller_check(*call.ctx.caller, deps.revoked),
        deps.rules
    ));
}

awaitable<result<http::response>> get_user_events(watch_tasks_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"userId"}); !query) co_return query.error();
    const auto user = read_user(call);
    if (!user) co_return user.error();
    const auto since = read_last_event_id(call);
    if (!since) co_return since.error();
    auto handle = co_await deps.watching.watch_user(*user, *since, call.ctx.until);
    if (!handle) co_return handle.error();
    co_return stream_reply(std::make_shared<event_stream>(
        std::move(*handle), security::caller_check(*call.ctx.caller, deps.revoked), deps.rules
    ));
}

}  // namespace esm::tasks
