// What a mail server's or a provider's processing of bounces and complaints asks for: nothing goes to the
// address for a while, and the message that came back is known as such. Stateless.
#pragma once

#include <optional>
#include <string>

#include "platform/outbox/outbox.hpp"
#include "services/notifications/suppressions/suppression.hpp"

namespace esm::notifications {

struct suppress_request {
    std::string channel, address, reason;
    std::optional<std::int64_t> notification_id;  // the message that came back
    std::chrono::days lasts{suppressed_for};
};

struct suppressed_address {
    suppression in_force;  // the given one, or a longer one from before
    bool notification_bounced{false};
};

// The notification becomes `bounced` where it was sent to this address; another one is left as it is, since
// reports may come late and more than once.
awaitable<suppressed_address> suppress_address(
    db::transaction& tx, outbox::outbox& outbox, const suppress_request& asked
);

}  // namespace esm::notifications
