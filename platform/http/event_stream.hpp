// What every stream of Server-Sent Events has in common (WHATWG HTML, section 9.2): the body of its answer.
// It tells when to come back, stays alive by comments, and says why it ends. Lives as long as its connection.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "platform/http/body_source.hpp"
#include "platform/security/caller_check.hpp"

namespace esm::http {

struct event_stream_rules {
    std::chrono::milliseconds heartbeat{15'000};  // a comment after so long without an event
    std::chrono::milliseconds lifetime_max{3'600'000};
};

class event_stream : public body_source {
public:
    awaitable<std::string> next() final;
    void end_soon() final;

protected:
    event_stream(security::caller_check caller, event_stream_rules rules);

    // The events that came, as they are sent, within `patience`; empty: none.
    virtual awaitable<std::string> wait_for_events(std::chrono::milliseconds patience) = 0;
    // Lets what waits there go.
    virtual void interrupt() = 0;

    // Sent at once, before anything is waited for.
    void tell_first(std::string_view events) { first_ += events; }
    // An event that says why, after which nothing comes. Without an id: the client goes on from the last
    // change that it saw.
    void append_end(std::string& to, std::string_view reason);
    // Nothing comes after what is being told.
    void end_here() { over_ = true; }

private:
    std::string_view reason_to_end() const;

    const security::caller_check caller_;
    const event_stream_rules rules_;
    const deadline last_moment_;
    deadline last_sent_;
    std::string first_;
    bool stopping_{false}, over_{false};
};

}  // namespace esm::http
