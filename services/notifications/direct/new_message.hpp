// A message as somebody asks for it: their own words over one channel, or what an event would have said. A
// value; its rules are pure.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"

namespace esm::notifications {

// What preferences, unsubscriptions and lists know messages with a sender's own words by.
inline constexpr std::string_view direct_event_type = "message.direct.v1";

struct own_words {
    std::string channel;                  // one of preferred_channels
    std::optional<std::int64_t> user_id;  // or
    std::optional<std::string> address;   // of a mailbox or a phone
    std::string subject;                  // of a mail; the title elsewhere; may be empty there
    std::string text;
    std::optional<std::string> html;  // of a mail, as it is: the sender is trusted
    bool critical{false};
    std::optional<instant_us> deliver_at;
};

struct imitated_event {
    std::string event_type;
    boost::json::object fields;
    std::int64_t user_id{0};
};

using new_message = std::variant<own_words, imitated_event>;

// errc::validation_failed that names every field which breaks its rule.
result<void> check(const new_message& given, instant_us now);

}  // namespace esm::notifications
