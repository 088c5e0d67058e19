// Web Push (RFC 8030): encrypted messages to browsers by way of their makers' push services. One a service;
// any shard.
#pragma once

#include <chrono>
#include <string>

#include "platform/fetch/courier.hpp"
#include "services/notifications/channel.hpp"
#include "services/notifications/push/push_message.hpp"
#include "services/notifications/push/subscription.hpp"
#include "services/notifications/push/vapid.hpp"

namespace esm::notifications {

struct web_push_options {
    std::chrono::seconds ttl{std::chrono::hours(24)
    };  // how long a service keeps it for a browser that is off
    std::string urgency{"normal"};  // very-low, low, normal or high (RFC 8030 section 5.3)
    std::chrono::milliseconds timeout{10'000};
};

class web_push {
public:
    // `sender` and `courier` live longer.
    web_push(fetch::courier& courier, vapid& sender, web_push_options options);

    // Never throws for what the service does.
    awaitable<send_answer> send(push_message message, web_push_subscription to);

private:
    result<fetch::call> make_call(push_message message, const web_push_subscription& to);

    fetch::courier& courier_;
    vapid& sender_;
    const web_push_options options_;
};

// What a service's reply, or its silence, means for a message. Pure.
send_answer judge_web_push(const fetch::reply& got);

}  // namespace esm::notifications
