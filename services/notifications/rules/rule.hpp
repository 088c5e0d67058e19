// Which event becomes which messages: event type → channels, whether they are on, whether they may be turned
// off, and what of the event their templates may show. A value.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"

namespace esm::notifications {

struct rule {
    struct channel_default {
        std::string channel;
        bool enabled{false};  // where the user has not said otherwise

        friend bool operator==(const channel_default&, const channel_default&) = default;
    };

    std::string event_type;
    std::vector<channel_default> channels;  // those that a message of this event may go out on
    bool critical{false};                   // on whatever the user wishes, also in quiet hours
    std::vector<std::string> fields;        // members of the event's entity
    std::string user_field{"userId"};       // the member that says whom it is about
    std::string recipient_field;  // the member that says where mails go; empty: to the user's contact
    std::int64_t version{0};      // 0: shipped

    friend bool operator==(const rule&, const rule&) = default;
};

// The rule's fields of the entity as one JSON object; missing ones left out, texts cut at 1,000 characters.
boost::json::object pick_fields(const rule& of, const boost::json::object& entity);

// {"eventType", "channels": {"email": true}, "critical", "fields", "userField", "recipientField", "version",
// "shipped"}.
boost::json::object to_json(const rule& shown);

// A rule as somebody gives it, without its version; every offending field is named. Of a shipped event only
// `channels` and `critical` are to be given, and without `critical` it stays as shipped.
result<rule> read_rule(std::string_view event_type, const boost::json::object& given);

// The text that a database keeps, and back. Throws std::runtime_error where it is not ours.
std::string to_stored(const rule& kept);
rule from_stored(std::string_view event_type, std::int64_t version, std::string_view body);

}  // namespace esm::notifications
