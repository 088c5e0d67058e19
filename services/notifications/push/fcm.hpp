// Firebase Cloud Messaging, HTTP v1: push messages to installed apps. One a service; any shard.
#pragma once

#include <chrono>
#include <string>

#include "platform/fetch/courier.hpp"
#include "services/notifications/channel.hpp"
#include "services/notifications/push/access_tokens.hpp"
#include "services/notifications/push/device.hpp"
#include "services/notifications/push/push_message.hpp"

namespace esm::notifications {

struct fcm_options {
    std::string api_url{"https://fcm.googleapis.com"};
    std::chrono::milliseconds timeout{10'000};  // of each request
};

class fcm {
public:
    // `courier` lives longer.
    fcm(fetch::courier& courier, service_account account, fcm_options options);

    // Never throws for what the service does. FCM knows no idempotency key: a message whose answer was lost
    // comes twice, but its tag lets the second take the first one's place on the screen.
    awaitable<send_answer> send(push_message message, fcm_device to);

private:
    fetch::courier& courier_;
    const fcm_options options_;
    const std::string url_;
    access_tokens tokens_;
};

// What FCM's reply means for a message. Pure.
send_answer judge_fcm(const fetch::reply& got);

}  // namespace esm::notifications
