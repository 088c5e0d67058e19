// See page_reply.hpp.
#include "services/notifications/page_reply.hpp"

#include "platform/http/cursor.hpp"

namespace esm::notifications {

http::response page_reply(
    const http::request& call, std::string_view name, boost::json::array items, const std::string& next_cursor
) {
    boost::json::object body{{name, std::move(items)}, {"nextCursor", nullptr}};
    if (!next_cursor.empty()) body["nextCursor"] = next_cursor;
    auto reply = http::json_reply(200, body);
    if (!next_cursor.empty()) {
        reply.headers.emplace_back(
            "Link", fmt::format("<{}>; rel=\"next\"", http::next_link(call, next_cursor))
        );
    }
    return reply;
}

}  // namespace esm::notifications
