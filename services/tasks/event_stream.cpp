// See event_stream.hpp.
#include "services/tasks/event_stream.hpp"

#include <fmt/format.h>

#include "services/tasks/task_json.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

// How soon the end of a session ends its streams.
constexpr std::chrono::milliseconds check_every = 500ms;
// Clients come back after two seconds.
constexpr std::string_view retry_field = "retry: 2000\n\n";
constexpr std::string_view heartbeat_comment = ":\n\n";

}  // namespace

event_stream::event_stream(
    const task& now,
    std::int64_t seen,
    std::optional<task_watch::handle> watched,
    security::caller_check caller,
    stream_rules rules
)
    : watched_(std::move(watched)),
      caller_(std::move(caller)),
      rules_(rules),
      of_one_task_(true),
      last_moment_(deadline_in(rules.lifetime_max)),
      last_sent_(clock::now()),
      first_(retry_field) {
    if (now.version > seen) append_change(first_, now);
    shown_[now.id] = now.status;
    over_ = !watched_;
}

event_stream::event_stream(task_watch::handle watched, security::caller_check caller, stream_rules rules)
    : watched_(std::move(watched)),
      caller_(std::move(caller)),
      rules_(rules),
      of_one_task_(false),
      last_moment_(deadline_in(rules.lifetime_max)),
      last_sent_(clock::now()),
      first_(retry_field) {}

void event_stream::end_soon() {
    stopping_ = true;
    if (watched_) (*watched_)->interrupt();
}

awaitable<std::string> event_stream::next() {
    if (!first_.empty()) co_return std::exchange(first_, {});
    while (!over_) {
        std::string text;
        const auto reason = reason_to_end();
        if (!reason.empty()) {
            append_end(text, reason);
            co_return text;
        }
        const auto news = co_await (*watched_)->next(check_every);
        for (const auto& each : news.changes) append_change(text, *each);
        if (news.current) text += "event: current\ndata: {}\n\n";
        if (news.gone) append_end(text, "task_deleted");
        if (text.empty() && clock::now() - last_sent_ >= rules_.heartbeat) text = heartbeat_comment;
        if (text.empty()) continue;
        last_sent_ = clock::now();
        co_return text;
    }
    co_return std::string();
}

// The event is named after the state that is new, or "progress" where it is not.
void event_stream::append_change(std::string& to, const task& changed) {
    const auto known = shown_.find(changed.id);
    const bool is_new = known == shown_.end() || known->second != changed.status;
    const bool is_over = is_terminal(changed.status);
    shown_[changed.id] = changed.status;
    if (is_over) shown_.erase(changed.id);
    // A client that comes back says the last id it saw: the version of one task, the instant of several.
    const auto id = of_one_task_ ? changed.version : now_us();
    fmt::format_to(
        std::back_inserter(to),
        "id: {}\nevent: {}\ndata: ",
        id,
        is_new ? name_of(changed.status) : std::string_view("progress")
    );
    std::string shown{"{\"task\":"};
    append_task(shown, changed, of_one_task_ ? whole_result : carried_result_max_bytes);
    shown += '}';
    // A result may be laid out in lines, and lines end the field; inside JSON they stand between tokens
    // alone.
    std::replace_if(shown.begin(), shown.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    to += shown;
    to += "\n\n";
    over_ = over_ || (of_one_task_ && is_over);
}

// Without an id: the client goes on from the last change it saw.
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

}  // namespace esm::tasks
