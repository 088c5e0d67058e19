// See rules_http.hpp.
#include "services/notifications/rules/rules_http.hpp"

#include "platform/base/event_type.hpp"
#include "platform/http/cursor.hpp"
#include "services/notifications/catalogue/conditions.hpp"
#include "services/notifications/rules/manage_rules.hpp"

namespace esm::notifications {

namespace {

manage_rules managing(const notifications_http& deps) {
    return {deps.database, deps.texts};
}

manage_rules::check_before condition_of(const http::request& call) {
    return [&call](std::optional<std::int64_t> in_force) { return check_condition(call, in_force); };
}

result<std::string> read_name(const http::request& call) {
    std::string event_type(call.path_param("eventType"));
    if (is_event_type(event_type)) return event_type;
    return fail(errc::not_found, "an event type is named as task.completed.v1 is");
}

http::response rule_reply(unsigned status, const rule& shown) {
    auto reply = http::json_reply(status, {{"rule", to_json(shown)}});
    reply.headers.emplace_back("ETag", http::etag(shown.version));
    return reply;
}

}  // namespace

awaitable<result<http::response>> get_rules(notifications_http& deps, http::request& call) {
    if (const auto known = http::check_query(call, {}); !known) co_return known.error();
    boost::json::array listed;
    for (const auto& each : co_await managing(deps).list(call.ctx.until)) listed.push_back(to_json(each));
    co_return http::json_reply(200, {{"rules", std::move(listed)}});
}

awaitable<result<http::response>> get_rule(notifications_http& deps, http::request& call) {
    if (const auto known = http::check_query(call, {}); !known) co_return known.error();
    const auto event_type = read_name(call);
    if (!event_type) co_return event_type.error();
    const auto found = co_await managing(deps).find(*event_type, call.ctx.until);
    if (!found) co_return found.error();
    co_return rule_reply(200, *found);
}

awaitable<result<http::response>> put_rule(notifications_http& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto given = read_rule(call.path_param("eventType"), *body);
    if (!given) co_return given.error();
    if (const auto event_type = read_name(call); !event_type) co_return event_type.error();
    const auto done = co_await managing(deps).save(call.ctx, *given, condition_of(call));
    if (!done) co_return done.error();
    co_return rule_reply(done->is_new ? 201 : 200, done->now);
}

awaitable<result<http::response>> delete_rule(notifications_http& deps, http::request& call) {
    const auto event_type = read_name(call);
    if (!event_type) co_return event_type.error();
    const auto done = co_await managing(deps).remove(call.ctx, *event_type, condition_of(call));
    if (!done) co_return done.error();
    http::response gone;
    gone.status = 204;
    co_return gone;
}

}  // namespace esm::notifications
