// What happens in an inbox as Server-Sent Events (WHATWG HTML, section 9.2): the body of the stream's answer.
// Lives as long as its connection.
#pragma once

#include "platform/http/event_stream.hpp"
#include "services/notifications/inbox/inbox_watch.hpp"

namespace esm::notifications {

class inbox_stream final : public http::event_stream {
public:
    inbox_stream(inbox_watch::handle watched, security::caller_check caller, http::event_stream_rules rules)
        : event_stream(std::move(caller), rules), watched_(std::move(watched)) {}

private:
    awaitable<std::string> wait_for_events(std::chrono::milliseconds patience) override;
    void interrupt() override { watched_->interrupt(); }

    inbox_watch::handle watched_;
};

}  // namespace esm::notifications
