// Whether a notification that is due may be sent: not to an address that is suppressed or not there, not
// where its user has turned such messages off since, and not in quiet hours. Pure.
#pragma once

#include <optional>
#include <string>

#include "services/notifications/notification_store.hpp"

namespace esm::notifications {

struct verdict_on_delivery {
    std::optional<instant_us> not_before;          // it waits
    std::optional<notifications::status> instead;  // it ends so: suppressed or skipped
    std::string why;

    bool is_yes() const { return !not_before && !instead; }
};

verdict_on_delivery may_deliver(const notification_store::delivery_work& of, instant_us now);

}  // namespace esm::notifications
