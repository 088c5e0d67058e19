// Checks a template before it is stored: whatever is told here would otherwise be a gap or a fault in
// somebody's mail. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "services/notifications/templates/event_fields.hpp"
#include "services/notifications/templates/parts.hpp"

namespace esm::notifications {

struct problem {
    std::string part;  // "subject"; empty where it is about the template as a whole
    std::size_t line{1}, column{1};
    std::string message;
};

// Empty: the template is good. At most 100 problems, in the order of the channel's parts and their lines.
//
// Names are looked up as the renderer does: in the sections around the tag, then in the model. `known` names
// the event type and its fields; see event_fields.hpp.
std::vector<problem> lint(std::string_view channel, const part_texts& parts, const event_fields& known);

// Every name that a template may use, as "event.taskId"; of a list's members as "items[].subject", which in
// the section of the list is `subject`.
std::vector<std::string> names_for_templates(const event_fields& known);

}  // namespace esm::notifications
