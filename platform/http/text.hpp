// Small questions about header texts and URLs, asked by several files of this folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace esm::http {

bool equal_ignoring_case(std::string_view a, std::string_view b);

// Without spaces and tabs at both ends.
std::string_view trim(std::string_view text);

std::string lower_case(std::string_view text);

// Every byte is one of 0x20 to 0x7e.
bool is_printable(std::string_view text);

// RFC 3986 section 2.1; nothing when an escape is broken or the outcome is no UTF-8 or has control
// characters.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space);

// All but unreserved characters escaped.
std::string percent_encode(std::string_view text);

struct parsed_target {
    std::string path;  // decoded
    std::vector<std::pair<std::string, std::string>> query;
};

// A request target in origin form ("/a?b=c") or absolute form ("http://host/a?b=c"); nothing when it is
// neither, has a broken escape, an escaped slash in the path, or more than 100 query parameters.
std::optional<parsed_target> parse_target(std::string_view target);

}  // namespace esm::http
