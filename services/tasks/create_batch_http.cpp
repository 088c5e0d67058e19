// See create_batch_http.hpp.
#include "services/tasks/create_batch_http.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/http/idempotency.hpp"
#include "services/tasks/create_task_http.hpp"

namespace esm::tasks {

namespace {

batch_item read_item(const boost::json::value& from, const principal& caller) {
    batch_item item;
    const auto* body = from.if_object();
    if (!body) {
        item.refused = fail(errc::malformed_request, "a task must be an object");
        return item;
    }
    auto given = decode_new_task(*body, caller, &item);
    if (given) {
        item.given = std::move(*given);
    } else {
        item.refused = given.error();
    }
    return item;
}

result<std::vector<batch_item>> read_items(const boost::json::object& body, const principal& caller) {
    json::decoder from(body);
    const auto* given = from.array("tasks", batch_tasks_max);
    if (auto refused = from.finish()) return std::move(*refused);
    if (given->empty()) return rules_broken({{"/tasks", "item_count", "must have 1 item at least"}});
    std::vector<batch_item> items;
    items.reserve(given->size());
    std::size_t parents = 0;
    for (const auto& each : *given) {
        items.push_back(read_item(each, caller));
        parents += items.back().given.depends_on.size();
    }
    if (parents > batch_parents_max) {
        auto text = fmt::format("may name {} dependencies in all", batch_parents_max);
        return rules_broken({{"/tasks", "too_many", std::move(text)}});
    }
    return items;
}

std::string results_body(const http::request& call, const std::vector<batch_answer>& answers) {
    std::string body{"{\"results\":["};
    for (const auto& each : answers) {
        if (body.back() != '[') body += ',';
        if (each.refused) {
            const auto problem = http::problem_reply(*each.refused, call);
            body += fmt::format("{{\"status\":{},\"problem\":{}}}", problem.status, problem.body);
        } else {
            body += each.created ? "{\"status\":201,\"task\":" : "{\"status\":200,\"task\":";
            body += each.json;
            body += '}';
        }
    }
    return body + "]}";
}

}  // namespace

awaitable<result<http::response>> post_batch(create_batch_http& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    auto items = read_items(*body, *call.ctx.caller);
    if (!items) co_return items.error();
    const auto batch = co_await deps.batches.prepare(call.ctx, std::move(*items));
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto answers = co_await deps.batches.write(tx, batch);
        co_return http::json_text_reply(200, results_body(call, answers));
    };
    co_return co_await http::run_once(deps.database, call, write);
}

}  // namespace esm::tasks
