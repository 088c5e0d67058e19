// The form of an event type's name, such as task.completed.v1.
#pragma once

#include <string_view>

namespace esm {

inline constexpr std::size_t event_type_max = 128;  // characters

// The contract's ^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$.
bool is_event_type(std::string_view text);

}  // namespace esm
