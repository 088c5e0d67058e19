// The seam to whatever takes mails: an SMTP server, or a folder. One contract for both, see the tests.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "platform/async/awaitable.hpp"
#include "platform/base/clock.hpp"

namespace esm::notifications {

struct outgoing_mail {
    std::int64_t notification_id{0};
    instant_us created_at{0};  // of the notification: the same at each attempt
    std::string sender;        // the envelope's addresses, without display names
    std::string recipient;
    std::string content;  // the whole RFC 5322 message, lines end in CRLF
};

enum class send_outcome : std::uint8_t {
    accepted,   // the other side is responsible now
    try_later,  // this mail is refused for the moment (SMTP 4xx)
    refused,    // this mail will never be taken (SMTP 5xx)
    away        // nobody's fault but the channel's: no connection, no login, a server closing down
};

struct send_answer {
    send_outcome outcome{send_outcome::away};
    std::string text;                                      // the provider's own words
    std::optional<std::chrono::milliseconds> retry_after;  // where the provider named a delay
};

class mail_transport {
public:
    virtual ~mail_transport() = default;
    // Any shard. Never throws for what the provider does.
    virtual awaitable<send_answer> send(outgoing_mail mail) = 0;
    // Gives up what is in flight soon: those answer away.
    virtual void stop() = 0;
};

}  // namespace esm::notifications
