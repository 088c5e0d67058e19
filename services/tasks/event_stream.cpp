// See event_stream.hpp.
#include "services/tasks/event_stream.hpp"

#include <fmt/format.h>

#include "services/tasks/task_json.hpp"

namespace esm::tasks {

event_stream::event_stream(
    const task& now,
    std::int64_t seen,
    std::optional<task_watch::handle> watched,
    security::caller_check caller,
    http::event_stream_rules rules
)
    : http::event_stream(std::move(caller), rules), watched_(std::move(watched)), of_one_task_(true) {
    std::string told;
    if (now.version > seen) append_change(told, now);
    tell_first(told);
    shown_[now.id] = now.status;
    if (!watched_) end_here();
}

event_stream::event_stream(
    task_watch::handle watched, security::caller_check caller, http::event_stream_rules rules
)
    : http::event_stream(std::move(caller), rules), watched_(std::move(watched)), of_one_task_(false) {}

void event_stream::interrupt() {
    if (watched_) (*watched_)->interrupt();
}

awaitable<std::string> event_stream::wait_for_events(std::chrono::milliseconds patience) {
    std::string text;
    const auto news = co_await (*watched_)->next(patience);
    for (const auto& each : news.changes) append_change(text, *each);
    if (news.current) text += "event: current\ndata: {}\n\n";
    if (news.gone) append_end(text, "task_deleted");
    co_return text;
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
    if (of_one_task_ && is_over) end_here();
}

}  // namespace esm::tasks
