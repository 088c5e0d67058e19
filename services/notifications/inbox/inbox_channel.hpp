// The channel "in_app": a message is there once it is written, so there is nothing to send. Digests pass
// here, since they are due later than they are written.
#pragma once

#include <string>

#include "services/notifications/channel.hpp"

namespace esm::notifications {

class inbox_channel final : public channel {
public:
    awaitable<send_answer> send(outgoing) override {
        co_return send_answer{send_outcome::accepted, "in the inbox", {}};
    }
};

// What an inbox keeps of a message beside its title, as JSON text.
std::string inbox_content(const rendered& message);

}  // namespace esm::notifications
