// Which event becomes which message: event type → template and channel, and what of the event the template
// may show.
#pragma once

#include <boost/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace esm::notifications {

struct rule {
    std::string_view event_type;
    std::string_view channel;
    std::string_view template_name;
    std::span<const std::string_view> fields;  // members of the event's entity
    // The member that says where the message goes; empty: to the user's contact.
    std::string_view recipient_field{};
};

// All rules; an event type may have several.
std::span<const rule> all_rules();

bool has_rule(std::string_view event_type);

// The rule's fields of the entity as one JSON object; missing ones left out, texts cut at 1,000 characters.
boost::json::object pick_fields(const rule& of, const boost::json::object& entity);

}  // namespace esm::notifications
