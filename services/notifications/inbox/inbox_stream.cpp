// See inbox_stream.hpp.
#include "services/notifications/inbox/inbox_stream.hpp"

#include <fmt/format.h>

namespace esm::notifications {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// How soon the end of a session ends its streams.
constexpr std::chrono::milliseconds check_every = 500ms;
// Clients come back after two seconds.
constexpr std::string_view retry_field = "retry: 2000\n\n";
constexpr std::string_view heartbeat_comment = ":\n\n";

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

inbox_stream::inbox_stream(
    inbox_watch::handle watched, security::caller_check caller, inbox_stream_rules rules
)
    : watched_(std::move(watched)),
      caller_(std::move(caller)),
      rules_(rules),
      last_moment_(deadline_in(rules.lifetime_max)),
      last_sent_(clock::now()),
      first_(retry_field) {}

void inbox_stream::end_soon() {
    stopping_ = true;
    watched_->interrupt();
}

awaitable<std::string> inbox_stream::next() {
    if (!first_.empty()) co_return std::exchange(first_, {});
    while (!over_) {
        std::string text;
        const auto reason = reason_to_end();
        if (!reason.empty()) {
            append_end(text, reason);
            co_return text;
        }
        for (const auto& each : co_await watched_->next(check_every)) append_news(text, each);
        if (text.empty() && clock::now() - last_sent_ >= rules_.heartbeat) text = heartbeat_comment;
        if (text.empty()) continue;
        last_sent_ = clock::now();
        co_return text;
    }
    co_return std::string();
}

void inbox_stream::append_end(std::string& to, std::string_view reason) {
    fmt::format_to(std::back_inserter(to), "event: end\ndata: {{\"reason\":\"{}\"}}\n\n", reason);
    over_ = true;
}

std::string_view inbox_stream::reason_to_end() const {
    if (stopping_) return "server_stopping";
    if (caller_.is_revoked()) return "session_revoked";
    if (caller_.has_expired()) return "token_expired";
    if (clock::now() >= last_moment_) return "lifetime_over";
    return {};
}

}  // namespace esm::notifications
