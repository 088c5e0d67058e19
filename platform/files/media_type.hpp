// What a file is by its content, whatever its sender calls it: libmagic over its first bytes.
#pragma once

#include <string>
#include <string_view>

namespace esm::files {

// As much of a file's beginning as media_type_of looks at.
inline constexpr std::size_t sniffed_max_bytes = 64 * 1024;

// "image/png"; application/octet-stream where nothing is recognized. Any thread. Throws std::runtime_error
// where libmagic's own database is missing.
std::string media_type_of(std::string_view head);

}  // namespace esm::files
