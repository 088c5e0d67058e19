// What happens in an inbox as Server-Sent Events (WHATWG HTML, section 9.2): the body of the stream's answer.
// Lives as long as its connection.
#pragma once

#include "platform/http/body_source.hpp"
#include "platform/security/caller_check.hpp"
#include "services/notifications/inbox/inbox_watch.hpp"

namespace esm::notifications {

struct inbox_stream_rules {
    std::chrono::milliseconds heartbeat{15'000};  // a comment after so long without an event
    std::chrono::milliseconds lifetime_max{3'600'000};
};

class inbox_stream final : public http::body_source {
public:
    inbox_stream(inbox_watch::handle watched, security::caller_check caller, inbox_stream_rules rules);

    awaitable<std::string> next() override;
    void end_soon() override;

private:
    void append_end(std::string& to, std::string_view reason);
    std::string_view reason_to_end() const;

    inbox_watch::handle watched_;
    const security::caller_check caller_;
    const inbox_stream_rules rules_;
    const deadline last_moment_;
    deadline last_sent_;
    std::string first_;
    bool stopping_{false}, over_{false};
};

}  // namespace esm::notifications
