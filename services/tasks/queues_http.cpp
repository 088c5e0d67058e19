// See queues_http.hpp.
#include "services/tasks/queues_http.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/http/cursor.hpp"
#include "platform/lease/queues.hpp"
#include "services/tasks/names.hpp"

namespace esm::tasks {

namespace {

namespace bj = boost::json;

constexpr std::int64_t concurrency_max = 100'000;
constexpr std::int64_t rate_per_minute_max = 60'000'000;

bj::value number(std::optional<std::int64_t> given) {
    return given ? bj::value(*given) : bj::value();
}

bj::object to_json(const lease::queue_state& shown) {
    return {
        {"name", shown.name},
        {"paused", shown.paused},
        {"concurrency", number(shown.concurrency_max)},
        {"ratePerMinute", number(shown.rate_per_minute)},
        {"waiting", shown.waiting},
        {"running", shown.running},
    };
}

// A name that no queue can have names nothing.
result<std::string> queue_name(const http::request& call) {
    const auto name = call.path_param("name");
    if (!is_queue_name(name)) return fail(errc::not_found, "no queue can have this name");
    return std::string(name);
}

awaitable<result<http::response>> show(
    queues_http& deps, const http::request& call, const std::string& name
) {
    auto found = co_await lease::list_queues(deps.database, name, call.ctx.until);
    if (found.empty()) found.push_back({.name = name});
    co_return http::json_reply(200, bj::object{{"queue", to_json(found.front())}});
}

awaitable<result<http::response>> set_paused(queues_http& deps, http::request& call, bool paused) {
    const auto name = queue_name(call);
    if (!name) co_return name.error();
    co_await deps.database.transact(call.ctx.until, [&](db::transaction& tx) -> awaitable<bool> {
        lease::pause_queue(tx, *name, paused);
        co_return true;
    });
    if (!paused) deps.wake();
    co_return co_await show(deps, call, *name);
}

}  // namespace

awaitable<result<http::response>> get_queues(queues_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    bj::array shown;
    for (const auto& each : co_await lease::list_queues(deps.database, "", call.ctx.until)) {
        shown.push_back(to_json(each));
    }
    co_return http::json_reply(200, bj::object{{"queues", std::move(shown)}});
}

awaitable<result<http::response>> put_queue(queues_http& deps, http::request& call) {
    const auto name = queue_name(call);
    if (!name) co_return name.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    const auto concurrency = from.optional_integer("concurrency", 1, concurrency_max);
    const auto rate = from.optional_integer("ratePerMinute", 1, rate_per_minute_max);
    if (auto refused = from.finish()) co_return std::move(*refused);
    co_await deps.database.transact(call.ctx.until, [&](db::transaction& tx) -> awaitable<bool> {
        lease::limit_queue(tx, *name, concurrency, rate);
        co_return true;
    });
    deps.wake();
    co_return co_await show(deps, call, *name);
}

awaitable<result<http::response>> post_pause(queues_http& deps, http::request& call) {
    return set_paused(deps, call, true);
}

awaitable<result<http::response>> post_resume(queues_http& deps, http::request& call) {
    return set_paused(deps, call, false);
}

}  // namespace esm::tasks
