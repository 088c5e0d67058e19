// See get_notification_http.hpp.
#include "services/notifications/get_notification_http.hpp"

#include "platform/http/cursor.hpp"
#include "services/notifications/get_notification.hpp"

namespace esm::notifications {

awaitable<result<http::response>> get_notification_by_id(notifications_http& deps, http::request& call) {
    if (const auto known = http::check_query(call, {}); !known) co_return known.error();
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto told = co_await get_notification(deps.database, *id, visible_to(call), call.ctx.until);
    if (!told) co_return told.error();
    auto shown = to_json(told->what);
    boost::json::array log;
    for (const auto& each : told->attempts) log.push_back(to_json(each));
    shown["attemptLog"] = std::move(log);
    auto reply = http::json_reply(200, {{"notification", std::move(shown)}});
    reply.headers.emplace_back("ETag", http::etag(told->what.version));
    co_return reply;
}

}  // namespace esm::notifications
