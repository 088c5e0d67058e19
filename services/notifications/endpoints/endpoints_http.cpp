// See endpoints_http.hpp.
#include "services/notifications/endpoints/endpoints_http.hpp"

#include "platform/http/cursor.hpp"
#include "platform/http/if_match.hpp"
#include "platform/http/shown_once.hpp"
#include "services/notifications/endpoints/manage_endpoints.hpp"
#include "services/notifications/own_things.hpp"

namespace esm::notifications {

namespace {

using endpoint_store::endpoint;

http::response webhook_reply(unsigned status, const endpoint& shown, const std::string& secret = {}) {
    auto reply = http::json_reply(status, {{"webhook", to_json(shown, secret)}});
    reply.headers.emplace_back("ETag", http::etag(shown.version));
    return reply;
}

// Whose endpoint is asked for, and which.
struct asked_endpoint {
    std::int64_t user_id{0}, webhook_id{0};
};

result<asked_endpoint> read_asked(const http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) return query.error();
    const auto owner = owner_of(call);
    if (!owner) return owner.error();
    const auto id = http::path_id(call, "id");
    if (!id) return id.error();
    return asked_endpoint{*owner, *id};
}

check_endpoint unchanged_since(const http::request& call) {
    return [&call](const endpoint& before) { return http::check_if_match(call, before.version); };
}

manage_endpoints managing(notifications_http& deps) {
    return {deps.key, deps.accepting};
}

}  // namespace

awaitable<result<http::response>> post_webhook(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto owner = owner_of(call);
    if (!owner) co_return owner.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    auto wanted = decode_endpoint(*body, deps.carriers.strangers());
    if (!wanted) co_return wanted.error();
    if (wanted->everyone && !call.ctx.caller->has_scope("notifications:admin")) {
        co_return fail(errc::forbidden, "only the scope notifications:admin may have everyone's events");
    }
    wanted->user_id = *owner;
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto made = co_await managing(deps).create(tx, *wanted);
        if (!made) co_return made.error();
        auto reply = webhook_reply(201, made->what, made->secret);
        reply.headers.emplace_back(
            "Location",
            fmt::format("/api/v1/eventstreammonitor/notifications/webhooks/{}", made->what.webhook_id)
        );
        co_return reply;
    };
    co_return co_await http::shown_once(deps.database, deps.key).run(call, write);
}

awaitable<result<http::response>> get_webhooks(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"limit", "cursor"}); !query) co_return query.error();
    const auto owner = owner_of(call);
    if (!owner) co_return owner.error();
    const auto list_name = fmt::format("webhooks of {}", *owner);
    const auto page = http::read_page(call, list_name, 1);
    if (!page) co_return page.error();
    const auto after = page->after.empty() ? 0 : page->after.front();
    const auto limit = static_cast<std::size_t>(page->limit);
    // One more than asked for tells whether another page follows.
    auto found = co_await endpoint_store::list(deps.database, *owner, after, limit + 1, call.ctx.until);
    std::string next_cursor;
    if (found.size() > limit) {
        found.resize(limit);
        next_cursor = http::make_cursor({found.back().webhook_id}, list_name);
    }
    boost::json::array items;
    for (const auto& each : found) items.push_back(to_json(each));
    co_return http::page_reply(call, "webhooks", std::move(items), next_cursor);
}

awaitable<result<http::response>> get_webhook(notifications_http& deps, http::request& call) {
    const auto asked = read_asked(call);
    if (!asked) co_return asked.error();
    const auto found = co_await endpoint_store::find(deps.database, asked->webhook_id, call.ctx.until);
    if (!found || found->user_id != asked->user_id) co_return no_such_webhook(asked->webhook_id);
    co_return webhook_reply(200, *found);
}

awaitable<result<http::response>> patch_webhook(notifications_http& deps, http::request& call) {
    const auto asked = read_asked(call);
    if (!asked) co_return asked.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto wanted = decode_endpoint_change(*body, deps.carriers.strangers());
    if (!wanted) co_return wanted.error();
    const auto check = unchanged_since(call);
    const auto manager = managing(deps);
    const auto changed = co_await deps.database.transact(call.ctx.until, [&](db::transaction& tx) {
        return manager.change(tx, asked->user_id, asked->webhook_id, *wanted, check);
    });
    if (!changed) co_return changed.error();
    co_return webhook_reply(200, *changed);
}

awaitable<result<http::response>> delete_webhook(notifications_http& deps, http::request& call) {
    const auto asked = read_asked(call);
    if (!asked) co_return asked.error();
    const auto check = unchanged_since(call);
    const auto manager = managing(deps);
    const auto removed = co_await deps.database.transact(call.ctx.until, [&](db::transaction& tx) {
        return manager.remove(tx, asked->user_id, asked->webhook_id, check);
    });
    if (!removed) co_return removed.error();
    http::response done;
    done.status = 204;
    co_return done;
}

awaitable<result<http::response>> post_webhook_secret(notifications_http& deps, http::request& call) {
    const auto asked = read_asked(call);
    if (!asked) co_return asked.error();
    const auto check = unchanged_since(call);
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto made = co_await managing(deps).rotate(tx, asked->user_id, asked->webhook_id, check);
        if (!made) co_return made.error();
        co_return webhook_reply(200, made->what, made->secret);
    };
    co_return co_await http::shown_once(deps.database, deps.key).run(call, write);
}

awaitable<result<http::response>> post_webhook_test(notifications_http& deps, http::request& call) {
    const auto asked = read_asked(call);
    if (!asked) co_return asked.error();
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto id =
            co_await managing(deps).send_test(tx, call.ctx.trace, asked->user_id, asked->webhook_id);
        if (!id) co_return id.error();
        auto reply = http::json_reply(202, {{"notificationId", *id}});
        reply.headers.emplace_back(
            "Location", fmt::format("/api/v1/eventstreammonitor/notifications/{}", *id)
        );
        co_return reply;
    };
    co_return co_await http::run_once(deps.database, call, write);
}

}  // namespace esm::notifications
