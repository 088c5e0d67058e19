// What one user wants to hear of, over which channels and when: the document that the API shows and the
// database holds, both as the same JSON. A value; pure.
//
// {"quietHours": null | {"start": "22:00", "end": "07:00", "timeZone": "Europe/Vienna", "days": ["mon"]},
//  "events": {"task.completed.v1": {"email": {"enabled": true, "digestMinutes": 60}}, "*": {…}}}
//
// "*" is for every event type. What an event type's own entry says of a channel wins over it, each member by
// itself: {"digestMinutes": 60} leaves to "*" whether the channel is on. What neither says is up to the rule
// that makes the message.
//
// Every channel here may be gathered into digests: a summary spares a phone or an inbox as it does a mailbox.
// Webhooks are not here: each has event types of its own, and its reader is a program.
#pragma once

#include <array>
#include <boost/json.hpp>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"
#include "services/notifications/preferences/quiet_hours.hpp"

namespace esm::notifications {

inline constexpr std::array<std::string_view, 4> preferred_channels{"email", "sms", "push", "in_app"};
inline constexpr std::string_view any_event = "*";
inline constexpr std::size_t preferred_events_max = 200;
inline constexpr std::chrono::minutes digest_max{24 * 60};

struct channel_choice {
    std::optional<bool> enabled;
    std::optional<std::chrono::minutes> digest;  // 0: at once

    friend bool operator==(const channel_choice&, const channel_choice&) = default;
};

using event_choices = std::array<channel_choice, preferred_channels.size()>;  // as preferred_channels

struct preferences {
    std::optional<quiet_hours> quiet;
    std::map<std::string, event_choices, std::less<>> events;  // by event type or any_event

    friend bool operator==(const preferences&, const preferences&) = default;
};

// As a user gives them; what says nothing is left out. Every problem is named by its JSON pointer:
// errc::malformed_request, or errc::validation_failed where only rules are broken.
result<preferences> decode_preferences(boost::json::object given);

// As the database has them. Quiet hours in a time zone that tzdata no longer has are dropped, since choices
// of channels must not be lost with them; and there may be more event types than a user can give, one for
// each unsubscription. Otherwise the errors of decode_preferences.
result<preferences> decode_stored_preferences(boost::json::object stored);

// With both members, event types and days in order, and no day where all are meant.
boost::json::object to_json(const preferences& shown);

struct wish {
    std::optional<bool> enabled;     // nothing: as the rule has it
    std::chrono::minutes digest{0};  // gathered for so long; 0: at once

    friend bool operator==(const wish&, const wish&) = default;
};

// The empty wish for a channel that is not among preferred_channels.
wish wish_for(const preferences& of, std::string_view event_type, std::string_view channel);

// What an unsubscription does; by any_event also where an event type's own entry had switched the channel on.
// Nothing for a channel that is not among preferred_channels.
void switch_off(preferences& of, std::string_view event_type, std::string_view channel);

}  // namespace esm::notifications
