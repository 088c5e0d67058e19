// Web Push (RFC 8030): encrypted messages to browsers by way of their makers' push services. One a service;
// any shard.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

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
    // Hosts of push services, "*." for any name below. Their silence pauses the channel; the silence of
    // another host, which any user may have named, concerns its own messages alone.
    std::vector<std::string> services{
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "*.notify.windows.com",
        "*.push.apple.com",
    };
};

class web_push {
public:
    // `sender` and `courier` live longer.
    web_push(fetch::courier& courier, vapid& sender, web_push_options options);

    // Never throws for what the service does.
    awaitable<send_answer> send(push_message message, web_push_subscription to);
    // Ends what is under way, also what others send by the same courier: it answers away.
    void stop();

private:
    result<fetch::call> make_call(push_message message, const web_push_subscription& to);

    fetch::courier& courier_;
    vapid& sender_;
    const web_push_options options_;
    std::atomic<bool> stopping_{false};
};

// What a service's reply means for a message. `known_service`: whether silence is the channel's fault. Pure.
send_answer judge_web_push(const fetch::reply& got, bool known_service);

// Whether the URL's host is one of `services`. Pure.
bool is_push_service(std::string_view endpoint, const std::vector<std::string>& services);

}  // namespace esm::notifications
