// The seam to whatever takes mails: an SMTP server, or a folder. One contract for both, see the tests.
#pragma once

#include <string>

#include "services/notifications/channel.hpp"

namespace esm::notifications {

struct outgoing_mail {
    std::int64_t notification_id{0};
    instant_us created_at{0};  // of the notification: the same at each attempt
    std::string sender;        // the envelope's addresses, without display names
    std::string recipient;
    std::string content;  // the whole RFC 5322 message, lines end in CRLF
};

class mail_transport {
public:
    virtual ~mail_transport() = default;
    // Any shard. Never throws for what the provider does.
    virtual awaitable<send_answer> send(outgoing_mail mail) = 0;
    // Gives up what is in flight soon: those answer cut.
    virtual void stop() = 0;
};

}  // namespace esm::notifications
