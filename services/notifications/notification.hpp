// The notification: one message to one user over one channel because of one event, and how it looks as JSON.
#pragma once

#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/context.hpp"

namespace esm::notifications {

enum class status : std::uint8_t {
    pending,
    sending,
    retrying,
    sent,
    delivered,
    bounced,
    failed,
    suppressed,
    skipped
};

std::string_view to_text(status shown);
std::optional<status> parse_status(std::string_view text);
// No further attempt follows.
bool is_final(status reached);

bool is_channel(std::string_view text);

// Every channel, in the order of the contract.
inline constexpr std::array<std::string_view, 5> channel_names{"email", "sms", "push", "webhook", "in_app"};

struct notification {
    std::int64_t notification_id{0};
    std::int64_t user_id{0};  // 0: an address of nobody's account
    std::string channel;
    std::string event_id, event_type;
    std::string recipient;  // empty while the user's address is not known
    std::string subject;
    notifications::status status{status::pending};
    std::int64_t attempts{0};
    std::int64_t refusals{0};  // attempts that count towards the limit
    std::optional<std::string> error_message;
    instant_us created_at{0};
    std::optional<instant_us> sent_at;
    std::string correlation_id, traceparent;
    std::int64_t version{1};
    bool critical{false};                  // goes out whatever the user wishes
    std::int64_t items{1};                 // events that a digest has gathered
    std::optional<instant_us> deliver_at;  // not before
    std::optional<std::string> provider_id;
    std::optional<instant_us> delivered_at, read_at;
    std::optional<std::string> content;  // of an inbox: {"body"}, JSON text; its title is the subject
    std::optional<std::int64_t> resend_of;
    std::optional<std::int64_t> about_user_id;  // whom it tells its user of, where that is somebody else
};

// One try to send. `outcome` is the contract's word: sent, retry or failed.
struct attempt {
    std::int64_t number{1};
    instant_us started_at{0}, finished_at{0};
    std::string outcome;
    std::string answer;               // the channel's own words
    std::string provider{"primary"};  // or the one that stood in for it
};

// The trace of everything this notification leads to.
trace_context trace_of(const notification& shown);

// Where it goes, in words: the address, "webhook 1000", "device 1001". A destination's own URL may be a
// secret.
std::string shown_recipient(const notification& shown);

// What an inbox shows below the title; nothing for other channels, nor as long as a digest gathers.
std::optional<std::string> inbox_body(const notification& shown);

// As the contract shows them.
boost::json::object to_json(const notification& shown);
boost::json::object to_json(const attempt& shown);

}  // namespace esm::notifications
