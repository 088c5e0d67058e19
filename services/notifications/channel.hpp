// The seam to whatever carries messages of one channel to people: an SMTP server, an SMS provider, a push
// service, somebody's endpoint. One contract for all, whatever they speak.
#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "platform/async/awaitable.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications {

// A message as its template gave it. Which parts are set depends on the channel.
struct rendered {
    std::string subject;  // of a mail; the title of a push or in-app message
    std::string text;
    std::string html;  // of a mail
};

struct outgoing {
    notification what;  // its recipient is an address, a number or a destination's id, as the channel has it
    rendered content;
    boost::json::object event;    // what the message is about: the fields its template may show
    std::string unsubscribe_url;  // empty: there is none, as for messages that always go out
};

enum class send_outcome : std::uint8_t {
    accepted,   // the other side is responsible now
    try_later,  // this message is refused for the moment (SMTP 4xx, HTTP 429 or 5xx of this one)
    refused,    // this message will never be taken (SMTP 5xx, HTTP 4xx)
    gone,       // nor any other to this recipient: no such mailbox, a dead subscription, HTTP 410
    away,       // nobody's fault but the channel's: no connection, no login, a server closing down
    cut         // given up as we stop: tells nothing of the other side, and counts as no attempt
};

struct send_answer {
    send_outcome outcome{send_outcome::away};
    std::string text;                                      // the provider's own words
    std::optional<std::chrono::milliseconds> retry_after;  // where the provider named a delay
    std::string provider_id{};                             // what it calls the message, where it names it
    bool may_have_arrived{false};  // no answer, but it had the whole message: perhaps it delivers it
};

class channel {
public:
    virtual ~channel() = default;
    // Any shard. Never throws for what the provider does.
    virtual awaitable<send_answer> send(outgoing message) = 0;
    // Gives up what is in flight soon: those answer cut. Nothing to do where all goes by the courier that the
    // channels share, which stops after them.
    virtual void stop() {}
};

}  // namespace esm::notifications
