// See inbox_stream.hpp.
#include "services/notifications/inbox/inbox_stream.hpp"

#include <fmt/format.h>

namespace esm::notifications {

namespace {

// A changed read state has no id: a client goes on from the last notification that it saw.
void append_news(std::string& to, const inbox_news& news) {
    const auto& what = news.what;
    if (news.is_new) {
        const auto shown = boost::json::serialize(to_json(what));
        fmt::format_to(
            std::back_inserter(to), "id: {}\nevent: notification\ndata: {}\n\n", what.notification_id, shown
        );
        return;
    }
    boost::json::value read_at = nullptr;
    if (what.read_at) read_at = boost::json::string(format_instant(*what.read_at));
    const boost::json::object shown{{"notificationId", what.notification_id}, {"readAt", std::move(read_at)}};
    fmt::format_to(std::back_inserter(to), "event: read\ndata: {}\n\n", boost::json::serialize(shown));
}

}  // namespace

awaitable<std::string> inbox_stream::wait_for_events(std::chrono::milliseconds patience) {
    std::string text;
    for (const auto& each : co_await watched_->next(patience)) append_news(text, each);
    co_return text;
}

}  // namespace esm::notifications
