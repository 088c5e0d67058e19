// Strict base64 with padding (RFC 4648 section 4) and base64url without (RFC 7515 appendix C).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace esm::security {

std::string base64_encode(std::string_view bytes);
std::string base64url_encode(std::string_view bytes);

// Nothing for missing or foreign padding, foreign characters, a lone last character or set bits beyond the
// last byte, so that every byte string has exactly one text.
std::optional<std::string> base64_decode(std::string_view text);
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace esm::security
