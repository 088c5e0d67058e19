// See create_task_http.hpp.
#include "services/tasks/create_task_http.hpp"

#include <limits>

#include "platform/base/json_decoder.hpp"
#include "platform/http/idempotency.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/errors.hpp"
#include "services/tasks/http_replies.hpp"

namespace esm::tasks {

namespace {

// Lengths and ranges are rules of the use case; here only types count.
constexpr json::text_rule any_text{0, 4096};
constexpr auto any_number = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> optional_number(json::decoder& from, std::string_view name) {
    return from.optional_integer(name, std::numeric_limits<std::int64_t>::min(), any_number);
}

http::response created(const task_draft& draft) {
    std::string body{"{\"task\":"};
    body.reserve(draft.json.size() + 16);
    body += draft.json;
    body += '}';
    auto reply = http::json_text_reply(201, std::move(body));
    reply.headers.emplace_back("Location", task_path(draft.made.id));
    reply.headers.emplace_back("ETag", http::etag(draft.made.version));
    return reply;
}

}  // namespace

result<new_task> decode_new_task(const boost::json::object& body, const principal& caller) {
    json::decoder from(body);
    new_task given;
    given.type = from.text("taskType", any_text);
    if (const auto* parameters = from.object("parameters")) given.parameters = *parameters;
    if (const auto name = from.optional_choice("priority", {"low", "medium", "high", "critical"})) {
        given.priority = parse_priority(*name);
    }
    given.run_at = from.optional_instant("runAt");
    given.queue = from.optional_text("queue", any_text);
    given.timeout_seconds = optional_number(from, "timeoutSeconds");
    given.max_attempts = optional_number(from, "maxAttempts");
    given.tags = from.optional_text_list("tags", 1000, any_text);
    given.user_id = from.optional_integer("userId", 1, any_number).value_or(caller.user_id);
    if (auto refused = from.finish()) return std::move(*refused);
    if (given.user_id != caller.user_id && !is_administrator(caller)) return not_your_user();
    return given;
}

awaitable<result<http::response>> post_task(create_task_http& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    auto given = decode_new_task(*body, *call.ctx.caller);
    if (!given) co_return given.error();
    auto draft = co_await deps.creating.prepare(call.ctx, std::move(*given));
    if (!draft) co_return draft.error();

    auto reply = created(*draft);
    if (http::has_idempotency_key(call)) {
        std::vector<task_draft> drafts;
        drafts.push_back(std::move(*draft));
        const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
            const auto done = co_await deps.creating.write(tx, drafts);
            if (done.front() == written::user_is_gone) co_return user_is_gone();
            co_return reply;
        };
        co_return co_await http::run_once(deps.database, call, write);
    }
    const auto written = co_await deps.creating.commit(std::move(*draft), call.ctx.until);
    if (!written) co_return written.error();
    co_return reply;
}

}  // namespace esm::tasks
