// JSON members whose values came from anywhere: a foreign producer's headers, a dead letter's bytes.
#pragma once

#include <string>
#include <string_view>

namespace esm::events {

// Appends `"name":"value"`, with a comma before it unless `into` ends in '{'. A value that is no UTF-8 is
// taken byte by byte as Latin-1, so that the text is valid JSON whatever came.
void append_json_member(std::string& into, std::string_view name, std::string_view value);

}  // namespace esm::events
