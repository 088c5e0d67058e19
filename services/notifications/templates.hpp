// The shipped texts of the messages: mustache templates of templates/, English. In HTML whatever comes from
// users is escaped; in plain text and subjects it stands as it is.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "services/notifications/channel.hpp"
#include "services/notifications/contact.hpp"

namespace esm::notifications {

bool has_template(std::string_view name);

// The subject alone, from the event's fields: known before the contact is. Throws std::invalid_argument for
// an unknown name.
std::string render_subject(std::string_view name, const boost::json::object& event_fields);

// Text and HTML. Throws std::invalid_argument for an unknown name.
rendered render(
    std::string_view name,
    std::string subject,
    const boost::json::object& event_fields,
    const contact& to,
    const std::string& public_url
);

}  // namespace esm::notifications
