// See event_stream.hpp.
#include "platform/http/event_stream.hpp"

#include <fmt/format.h>

namespace esm::http {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// How soon the end of a session ends its streams.
constexpr std::chrono::milliseconds check_every = 500ms;
// Clients come back after two seconds.
constexpr std::string_view retry_field = "retry: 2000\n\n";
constexpr std::string_view heartbeat_comment = ":\n\n";

}  // namespace

event_stream::event_stream(security::caller_check caller, event_stream_rules rules)
    : caller_(std::move(caller)),
      rules_(rules),
      last_moment_(deadline_in(rules.lifetime_max)),
      last_sent_(clock::now()),
      first_(retry_field) {}

void event_stream::end_soon() {
    stopping_ = true;
    interrupt();
}

awaitable<std::string> event_stream::next() {
    if (!first_.empty()) co_return std::exchange(first_, {});
    while (!over_) {
        const auto reason = reason_to_end();
        if (!reason.empty()) {
            std::string text;
            append_end(text, reason);
            co_return text;
        }
        auto text = co_await wait_for_events(check_every);
        if (text.empty() && clock::now() - last_sent_ >= rules_.heartbeat) text = heartbeat_comment;
        if (text.empty()) continue;
        last_sent_ = clock::now();
        co_return text;
    }
    co_return std::string();
}

void event_stream::append_end(std::string& to, std::string_view reason) {
    fmt::format_to(std::back_inserter(to), "event: end\ndata: {{\"reason\":\"{}\"}}\n\n", reason);
    over_ = true;
}

std::string_view event_stream::reason_to_end() const {
    if (stopping_) return "server_stopping";
    if (caller_.is_revoked()) return "session_revoked";
    if (caller_.has_expired()) return "token_expired";
    if (clock::now() >= last_moment_) return "lifetime_over";
    return {};
}

}  // namespace esm::http
