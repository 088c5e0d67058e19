// See export_user_http.hpp.
#include "services/users/export_user_http.hpp"

#include "platform/http/cursor.hpp"
#include "services/users/own_account_http.hpp"

namespace esm::users {

namespace {

constexpr int in_hand_max = 4;
constexpr auto patience = std::chrono::seconds(60);

// A place among the exports in hand, given back with the last copy; null where all are taken.
std::shared_ptr<void> take_place(const std::shared_ptr<std::atomic<int>>& in_hand) {
    std::shared_ptr<void> place(in_hand.get(), [in_hand](void*) { in_hand->fetch_sub(1); });
    if (in_hand->fetch_add(1) >= in_hand_max) return nullptr;
    return place;
}

}  // namespace

awaitable<result<http::response>> get_own_export(export_user_http& deps, http::request& call) {
    const auto user_id = person_id(*call.ctx.caller);
    if (!user_id) co_return user_id.error();
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    auto place = take_place(deps.in_hand);
    if (!place) co_return fail(errc::overloaded, "other exports are being made; try again shortly");
    // It takes longer than what other requests do.
    auto ctx = call.ctx;
    ctx.until = deadline_in(patience);
    auto document = co_await deps.exporting.run(ctx, *user_id);
    if (!document) co_return document.error();
    auto reply = http::json_text_reply(200, std::move(*document));
    reply.headers.emplace_back("Cache-Control", "no-store");
    reply.headers.emplace_back(
        "Content-Disposition",
        fmt::format("attachment; filename=\"eventstreammonitor-export-{}.json\"", *user_id)
    );
    reply.held = std::move(place);
    co_return reply;
}

}  // namespace esm::users
