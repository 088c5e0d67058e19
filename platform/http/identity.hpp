// The ids a request carries from where it came to all that follows from it.
#pragma once

#include <string>
#include <string_view>

namespace esm::http {

// `given` if it is 1 to 128 letters, digits, dots, underscores or dashes, as the contracts say; else a new
// id.
std::string request_id_of(std::string_view given);

// W3C Trace Context level 1, section 3.2: version 00 with a trace and a parent that are not all zero.
bool is_traceparent(std::string_view text);

}  // namespace esm::http
