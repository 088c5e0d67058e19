// What a message of each event type can show: one table in code, read by the check of templates and by who
// fills the model. Lives as long as the process.
#pragma once

#include <span>
#include <string_view>

namespace esm::notifications {

struct event_field {
    std::string_view name;
    std::span<const std::string_view> members{};  // of each entry, where the field is a list
};

struct event_fields {
    std::string_view event_type;
    std::span<const event_field> fields;
};

// Several messages gathered into one. It is about no single event: its fields stand in the model itself, as
// `count` and `items`, not under `event`.
inline constexpr std::string_view digest_event_type = "digest.v1";

std::span<const event_fields> all_event_fields();

// nullptr for an event that no message is about.
const event_fields* find_event_fields(std::string_view event_type);

}  // namespace esm::notifications
