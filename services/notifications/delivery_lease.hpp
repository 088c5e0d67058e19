// The lease that a notification is delivered by: users take turns in the queue of its channel, and one
// endpoint holds a few of the channel's places at most, however long it takes to answer.
#pragma once

#include <string>

#include "platform/lease/lease.hpp"

namespace esm::notifications {

struct deliverable {
    std::int64_t notification_id{0};
    std::string channel;
    std::int64_t user_id{0};
    std::string recipient;
    instant_us due{0};  // 0: at once
};

lease::work delivery_lease(const deliverable& what);

}  // namespace esm::notifications
