// The mustache tags of a template with their places, read exactly as the renderer (kainjow mustache) reads
// them, so that what is checked is what is rendered. Pure; the views live as long as the template's text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace esm::notifications {

enum class tag_kind : std::uint8_t { variable, unescaped, section, inverted, closing, comment };

struct tag {
    tag_kind kind{tag_kind::variable};
    std::string_view name;  // of a comment: its text
    std::size_t line{1};
    std::size_t column{1};  // in characters
};

struct tag_problem {
    std::size_t line{1}, column{1};
    std::string message;
};

struct scanned_tags {
    std::vector<tag> tags;              // in their order, those with problems left out
    std::vector<tag_problem> problems;  // empty: the renderer takes the template
};

// Refused: partials and changed delimiters (no message needs them, and they hide tags from this scan), tags
// that are not closed, sections that do not close in turn or are nested more than 8 deep, names of another
// form than a.b, and more than 2,000 tags. The text is UTF-8.
scanned_tags scan_tags(std::string_view source);

}  // namespace esm::notifications
