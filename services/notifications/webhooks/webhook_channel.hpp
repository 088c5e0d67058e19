// The channel "webhook": posts events to endpoints that users named, as Standard Webhooks 1.0 says
// (standardwebhooks.com). One a service.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "platform/fetch/courier.hpp"
#include "services/notifications/channel.hpp"

namespace esm::notifications {

struct webhook_endpoint {
    std::string url;
    std::string secret;                          // by the form of signature.hpp
    std::optional<std::string> previous_secret;  // while a rotation lets it stand beside the new one
    std::optional<std::string> disabled_reason;  // set: nothing goes there
};

// Nothing where the endpoint was removed. May throw what its database throws.
using find_endpoint = std::function<awaitable<std::optional<webhook_endpoint>>(std::int64_t endpoint_id)>;

struct webhook_options {
    std::chrono::milliseconds timeout{15'000};
    std::string user_agent{"EventStreamMonitor"};
};

class webhook_channel final : public channel {
public:
    // `courier` lives longer.
    webhook_channel(fetch::courier& courier, find_endpoint find, webhook_options options);

    // The recipient is an endpoint's id in decimal digits. Whatever an endpoint answers but 410 may be tried
    // later, and its silence never pauses the channel: the others' messages go on.
    awaitable<send_answer> send(outgoing message) override;

private:
    result<fetch::call> make_call(const outgoing& message, const webhook_endpoint& to) const;

    fetch::courier& courier_;
    const find_endpoint find_;
    const webhook_options options_;
};

// {type, timestamp, data}: the same bytes at each attempt. Pure.
std::string webhook_body(const notification& what, const boost::json::object& event);

// What an endpoint's reply means for a message. Pure.
send_answer judge_webhook(const fetch::reply& got);

}  // namespace esm::notifications
