// The kinds of devices that push messages go to, and the seam to where they are kept.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include "platform/async/awaitable.hpp"
#include "services/notifications/push/subscription.hpp"

namespace esm::notifications {

// An installation of an app, as Firebase Cloud Messaging calls it.
struct fcm_device {
    std::string token;

    bool operator==(const fcm_device&) const = default;
};

using device = std::variant<web_push_subscription, fcm_device>;

// Nothing where the device was removed. May throw what its database throws.
using find_device = std::function<awaitable<std::optional<device>>(std::int64_t device_id)>;

}  // namespace esm::notifications
