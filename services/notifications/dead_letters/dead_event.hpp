// An event that could not be applied, as it is kept: everything that came with it in a form that any database
// holds, and why it was refused. A value.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"
#include "platform/events/event_log.hpp"

namespace esm::notifications::dead_letters {

struct dead_event {
    std::int64_t id{0};
    std::string topic;
    std::string place;  // "partition/offset"
    std::string event_id, event_type, key;
    std::int64_t user_id{0};  // whom the payload is about, as far as it can be read; 0: nobody
    std::string headers;      // JSON object
    std::string payload;
    std::string encoding;  // of the payload: "utf-8", or "base64" where it is no text
    std::string reason;
    std::int64_t version{1};
    instant_us created_at{0};
};

// `user_field`: the member that says whom such an event is about.
dead_event set_aside(const events::delivered& refused, std::string_view why, std::string_view user_field);

// Whom the payload is about, also where it is no JSON but says "userId": what is kept of a user has to be
// found.
std::int64_t find_user_id(std::string_view payload, std::string_view user_field);

// The reason as it is kept: without what a text column refuses, at most 1,000 bytes.
std::string storable_reason(std::string_view why);

// The event as it would have been consumed; errc::malformed_request where its headers do not allow that.
result<events::event> to_event(const dead_event& kept);

// As the contract shows it. Payloads over 64 KiB are cut.
boost::json::object to_json(const dead_event& shown);

inline constexpr std::size_t payload_shown_max_bytes = 65'536;

}  // namespace esm::notifications::dead_letters
