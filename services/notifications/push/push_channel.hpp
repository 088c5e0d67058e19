// The channel "push": finds the device that a notification goes to and sends by what its kind speaks. One a
// service.
#pragma once

#include <string>

#include "services/notifications/channel.hpp"
#include "services/notifications/push/device.hpp"
#include "services/notifications/push/fcm.hpp"
#include "services/notifications/push/web_push.hpp"

namespace esm::notifications {

class push_channel final : public channel {
public:
    // All live longer; `app` is null where no service account is configured. `url` is
    // what a tap on a message opens; empty: nothing.
    push_channel(find_device find, web_push& browser, fcm* app, std::string url);

    // The recipient is a device's id in decimal digits. Never away: what cannot be reached is one of several
    // services, and the devices of the others get theirs meanwhile.
    awaitable<send_answer> send(outgoing message) override;

private:
    const find_device find_;
    web_push& browser_;
    fcm* const app_;
    const std::string url_;
};

}  // namespace esm::notifications
