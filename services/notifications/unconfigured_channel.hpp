// In place of a provider that nobody has configured: what should go there fails with what to do, and waits
// among the dead letters to be sent again.
#pragma once

#include <string>

#include "services/notifications/channel.hpp"

namespace esm::notifications {

class unconfigured_channel final : public channel {
public:
    explicit unconfigured_channel(std::string setting) : setting_(std::move(setting)) {}

    awaitable<send_answer> send(outgoing) override {
        co_return send_answer{
            send_outcome::refused, "the channel has no provider: set " + setting_ + ", then redrive", {}
        };
    }

private:
    const std::string setting_;
};

}  // namespace esm::notifications
