// Texts within HTML and XML. Pure.
#pragma once

#include <string>
#include <string_view>

namespace esm {

// For text and attribute values; characters that XML does not allow become U+FFFD.
std::string escape_markup(std::string_view text);

}  // namespace esm
