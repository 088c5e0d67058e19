// See schedules_http.hpp.
#include "services/tasks/schedules/schedules_http.hpp"

#include <limits>

#include "platform/base/json_decoder.hpp"
#include "platform/base/json_text.hpp"
#include "platform/http/cursor.hpp"
#include "platform/http/idempotency.hpp"
#include "platform/http/if_match.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/http_replies.hpp"
#include "services/tasks/schedules/definition_json.hpp"
#include "services/tasks/schedules/errors.hpp"
#include "services/tasks/schedules/schedule_store.hpp"

namespace esm::tasks::schedules {

namespace {

constexpr std::size_t cursor_keys = 1;  // the id

http::response schedule_reply(unsigned status, const schedule& shown) {
    auto reply = http::json_text_reply(status, schedule_body(shown));
    reply.headers.emplace_back("ETag", http::etag(shown.version));
    return reply;
}

// Takes userId out of the body: whose schedule it is to be.
result<std::int64_t> take_owner(boost::json::object& body, const principal& caller) {
    boost::json::object owner;
    if (const auto found = body.find("userId"); found != body.end()) {
        owner.insert(*found);
        body.erase(found);
    }
    json::decoder from(owner);
    const auto given = from.optional_integer("userId", 1, std::numeric_limits<std::int64_t>::max());
    if (auto refused = from.finish()) return std::move(*refused);
    const auto user_id = given.value_or(caller.user_id);
    if (user_id != caller.user_id && !is_administrator(caller)) return not_your_schedule();
    return user_id;
}

std::string page_body(
    const std::vector<schedule>& schedules, std::int64_t limit, const std::string& next_cursor
) {
    std::string body{"{\"schedules\":["};
    for (std::size_t i = 0; i < schedules.size(); ++i) {
        if (i > 0) body += ',';
        append_schedule(body, schedules[i]);
    }
    const bool more = !next_cursor.empty();
    body += fmt::format("],\"pagination\":{{\"limit\":{},\"hasMore\":{},\"nextCursor\":", limit, more);
    if (more) {
        json::append_string(body, next_cursor);
    } else {
        body += "null";
    }
    return body + "}}";
}

}  // namespace

awaitable<result<http::response>> post_schedule(schedules_http& deps, http::request& call) {
    auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto user_id = take_owner(*body, *call.ctx.caller);
    if (!user_id) co_return user_id.error();
    auto says = decode_definition(*body);
    if (!says) co_return says.error();
    auto made = co_await deps.managing.prepare(call.ctx, *user_id, std::move(*says));
    if (!made) co_return made.error();
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto stored = co_await deps.managing.insert(tx, *made);
        if (!stored) co_return stored.error();
        auto reply = schedule_reply(201, *made);
        reply.headers.emplace_back(
            "Location", fmt::format("/api/v1/eventstreammonitor/schedules/{}", made->id)
        );
        co_return reply;
    };
    co_return co_await http::run_once(deps.database, call, write);
}

awaitable<result<http::response>> get_schedules(schedules_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"limit", "cursor"}); !query) co_return query.error();
    const auto visible = visible_user(*call.ctx.caller);
    const auto list_name = fmt::format("schedules of {}", visible.value_or(0));
    const auto where = http::read_page(call, list_name, cursor_keys);
    if (!where) co_return where.error();
    const auto after = where->after.empty() ? 0 : where->after.front();
    const auto limit = static_cast<std::size_t>(where->limit);
    const auto page = co_await schedule_store::list(deps.database, visible, after, limit, call.ctx.until);
    std::string next_cursor;
    if (page.more) next_cursor = http::make_cursor({page.schedules.back().id}, list_name);
    auto reply = http::json_text_reply(200, page_body(page.schedules, where->limit, next_cursor));
    http::add_next_link(reply, call, next_cursor);
    co_return reply;
}

awaitable<result<http::response>> get_schedule(schedules_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto found = co_await deps.managing.find(*id, visible_user(*call.ctx.caller), call.ctx.until);
    if (!found) co_return found.error();
    co_return schedule_reply(200, *found);
}

awaitable<result<http::response>> patch_schedule(schedules_http& deps, http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto patch = http::json_body(call);
    if (!patch) co_return patch.error();
    if (const auto form = check_patch(*patch); !form) co_return form.error();
    const auto check = [&](const schedule& before) { return http::check_if_match(call, before.version); };
    const auto changed =
        co_await deps.managing.change(call.ctx, *id, visible_user(*call.ctx.caller), *patch, check);
    if (!changed) co_return changed.error();
    co_return schedule_reply(200, *changed);
}

awaitable<result<http::response>> delete_schedule(schedules_http& deps, http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto check = [&](const schedule& before) { return http::check_if_match(call, before.version); };
    const auto removed =
        co_await deps.managing.remove(*id, visible_user(*call.ctx.caller), check, call.ctx.until);
    if (!removed) co_return removed.error();
    http::response done;
    done.status = 204;
    co_return done;
}

awaitable<result<http::response>> post_run(schedules_http& deps, http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    auto draft = co_await deps.managing.prepare_run(call.ctx, *id, visible_user(*call.ctx.caller));
    if (!draft) co_return draft.error();
    auto reply = task_reply(draft->made);
    reply.status = 201;
    reply.headers.emplace_back("Location", task_path(draft->made.id));
    std::vector<task_draft> drafts;
    drafts.push_back(std::move(*draft));
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto stored = co_await deps.managing.write_run(tx, *id, drafts);
        if (!stored) co_return stored.error();
        co_return reply;
    };
    co_return co_await http::run_once(deps.database, call, write);
}

}  // namespace esm::tasks::schedules
