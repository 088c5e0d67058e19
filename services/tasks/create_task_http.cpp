// See create_task_http.hpp.
#include "services/tasks/create_task_http.hpp"

#include <limits>

#include "platform/base/json_decoder.hpp"
#include "platform/http/idempotency.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/create_batch.hpp"
#include "services/tasks/errors.hpp"
#include "services/tasks/http_replies.hpp"
#include "services/tasks/names.hpp"

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

// The names of siblings leave their places free.
std::vector<std::int64_t> read_parents(json::decoder& from, batch_item* in_batch) {
    std::vector<std::int64_t> ids;
    const auto* given = from.optional_array("dependsOn", 1000);
    if (!given) return ids;
    for (std::size_t i = 0; i < given->size(); ++i) {
        const auto& each = (*given)[i];
        if (each.is_int64()) {
            ids.push_back(each.get_int64());
        } else if (in_batch && each.is_string() && is_ref(each.get_string())) {
            in_batch->siblings.push_back({i, std::string(each.get_string())});
            ids.push_back(0);
        } else {
            from.wrong_item(
                "dependsOn", i, in_batch ? "the id of a task or the ref of one" : "the id of a task"
            );
        }
    }
    return ids;
}

void read_ref(json::decoder& from, batch_item& item) {
    item.ref = from.optional_text("ref", any_text);
    if (item.ref && !is_ref(*item.ref)) {
        from.reject("ref", "pattern", "must be 1 to 64 of a-z, A-Z, 0-9, _, . and -");
    }
}

void read_links(json::decoder& from, new_task& given, batch_item* in_batch) {
    given.unique_key = from.optional_text("uniqueKey", any_text);
    if (const auto name = from.optional_choice("onConflict", {"return", "reject", "replace"})) {
        given.on_conflict = parse_unique_conflict(*name);
    }
    given.concurrency_key = from.optional_text("concurrencyKey", any_text);
    given.concurrency_limit = optional_number(from, "concurrencyLimit");
    given.depends_on = read_parents(from, in_batch);
    if (const auto name = from.optional_choice("onParentFailure", {"fail", "skip", "run"})) {
        given.on_parent_failure = parse_parent_failure(*name);
    }
}

}  // namespace

result<new_task> decode_new_task(
    const boost::json::object& body, const principal& caller, batch_item* in_batch
) {
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
    read_links(from, given, in_batch);
    if (in_batch) read_ref(from, *in_batch);
    given.user_id = from.optional_integer("userId", 1, any_number).value_or(caller.user_id);
    if (auto refused = from.finish()) return std::move(*refused);
    if (given.user_id != caller.user_id && !is_administrator(caller)) return not_your_user();
    return given;
}

awaitable<result<http::response>> answer_new_task(
    create_task_http& deps, http::request& call, new_task given
) {
    auto draft = co_await deps.creating.prepare(call.ctx, std::move(given));
    if (!draft) co_return draft.error();
    auto reply = created(*draft);
    if (http::has_idempotency_key(call)) {
        std::vector<task_draft> drafts;
        drafts.push_back(std::move(*draft));
        const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
            auto done = co_await deps.creating.write(tx, drafts);
            if (done.front().refused) co_return std::move(*done.front().refused);
            if (done.front().existing) co_return task_reply(*done.front().existing);
            co_return reply;
        };
        co_return co_await http::run_once(deps.database, call, write);
    }
    const auto written = co_await deps.creating.commit(std::move(*draft), call.ctx.until);
    if (!written) co_return written.error();
    if (written->existing) co_return task_reply(*written->existing);
    co_return reply;
}

awaitable<result<http::response>> post_task(create_task_http& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    auto given = decode_new_task(*body, *call.ctx.caller);
    if (!given) co_return given.error();
    co_return co_await answer_new_task(deps, call, std::move(*given));
}

}  // namespace esm::tasks
