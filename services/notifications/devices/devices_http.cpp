// See devices_http.hpp.
#include "services/notifications/devices/devices_http.hpp"

#include "platform/http/cursor.hpp"
#include "platform/http/idempotency.hpp"
#include "services/notifications/devices/register_device.hpp"
#include "services/notifications/own_things.hpp"

namespace esm::notifications {

awaitable<result<http::response>> post_device(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto owner = owner_of(call);
    if (!owner) co_return owner.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto given = decode_device(*body, deps.carriers.strangers());
    if (!given) co_return given.error();
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto done = co_await register_device(tx, deps.key, *owner, *given);
        if (!done) co_return done.error();
        co_return http::json_reply(done->made ? 201 : 200, {{"device", to_json(done->kept)}});
    };
    co_return co_await http::run_once(deps.database, call, write);
}

awaitable<result<http::response>> get_devices(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"limit", "cursor"}); !query) co_return query.error();
    const auto owner = owner_of(call);
    if (!owner) co_return owner.error();
    const auto list_name = fmt::format("devices of {}", *owner);
    const auto page = http::read_page(call, list_name, 1);
    if (!page) co_return page.error();
    const auto after = page->after.empty() ? 0 : page->after.front();
    const auto limit = static_cast<std::size_t>(page->limit);
    // One more than asked for tells whether another page follows.
    auto found = co_await device_store::list(deps.database, *owner, after, limit + 1, call.ctx.until);
    std::string next_cursor;
    if (found.size() > limit) {
        found.resize(limit);
        next_cursor = http::make_cursor({found.back().device_id}, list_name);
    }
    boost::json::array items;
    for (const auto& each : found) items.push_back(to_json(each));
    co_return http::page_reply(call, "devices", std::move(items), next_cursor);
}

awaitable<result<http::response>> delete_device(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto owner = owner_of(call);
    if (!owner) co_return owner.error();
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const bool removed = co_await deps.database.transact(call.ctx.until, [&](db::transaction& tx) {
        return device_store::remove(tx, *owner, *id);
    });
    if (!removed) co_return fail(errc::not_found, fmt::format("no device has id {}", *id));
    http::response done;
    done.status = 204;
    co_return done;
}

awaitable<result<http::response>> get_application_server_key(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    co_return http::json_reply(200, {{"applicationServerKey", deps.carriers.application_server_key()}});
}

}  // namespace esm::notifications
