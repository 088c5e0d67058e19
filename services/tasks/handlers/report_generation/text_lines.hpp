// Breaks texts into lines: between words where there are any, within a word that is too long. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace esm::tasks::report_generation {

// The width of one character, in points.
using character_width = std::function<double(char32_t)>;

// At most `lines_max` lines, the last one ending in an ellipsis where text is left over. Newlines of the text
// are kept, other white space becomes one blank. An empty text has no line.
std::vector<std::string> break_lines(
    std::string_view text, double width, std::size_t lines_max, const character_width& width_of
);

double line_width(std::string_view text, const character_width& width_of);

}  // namespace esm::tasks::report_generation
