// JSON written straight to a text, for answers and events that are made too often to build a value first.
#pragma once

#include <string>
#include <string_view>

namespace esm::json {

// Appends `text`, which is UTF-8, as a JSON string with its quotes; control characters are escaped.
void append_string(std::string& into, std::string_view text);

// A member's name as one token of a JSON pointer (RFC 6901 section 3).
std::string pointer_token(std::string_view name);

}  // namespace esm::json
