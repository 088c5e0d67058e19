// The channel "sms" by Twilio's Messages API, or another provider that speaks it. One a service; its state is
// its settings alone.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "platform/fetch/courier.hpp"
#include "services/notifications/channel.hpp"

namespace esm::notifications {

struct twilio_options {
    std::string api_url{"https://api.twilio.com"};
    std::string account_sid, auth_token;
    // What From names: a number, a short code or an alphanumeric id. "MG" and 32 hexadecimal digits are a
    // messaging service, which picks the number.
    std::string sender;
    std::string status_callback_url{};  // where Twilio reports what became of a message; empty: nowhere
    std::chrono::milliseconds timeout{10'000};
};

// Twilio has no idempotency key for messages. Where the answer to one that it took is lost (the time is over,
// the connection breaks, this process ends before the outcome is written), the next attempt sends it again:
// the person may read it twice, but never not at all. The window is one call's duration.
class twilio_provider final : public channel {
public:
    // The courier lives longer.
    twilio_provider(fetch::courier& courier, twilio_options options);

    // The recipient is a number as is_e164 has it; what is sent is the content's text.
    awaitable<send_answer> send(outgoing message) override;

private:
    std::string form_for(const outgoing& message) const;

    fetch::courier& courier_;
    const twilio_options options_;
    const std::string url_, authorization_;
};

// What Twilio's reply means for a message.
send_answer judge_twilio(const fetch::reply& got);

// The text as one message may have it: what is longer than 1,600 characters ends in "...".
std::string sms_body(std::string_view text);

}  // namespace esm::notifications
