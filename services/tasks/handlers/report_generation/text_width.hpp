// How wide a text becomes, near enough to lay charts out without a font: the widths of DejaVu Sans, narrowed
// as the PDF shows it. Most fonts of browsers are narrower.
#pragma once

#include <string>
#include <string_view>

namespace esm::tasks::report_generation {

// The PDF shows DejaVu Sans this much narrower, which is what DejaVu Sans Condensed is.
inline constexpr double narrowing = 0.9;

double text_width(std::string_view text, double size, bool bold = false);

// The text, or its beginning and an ellipsis, within the width.
std::string fit_text(std::string_view text, double size, double width, bool bold = false);

}  // namespace esm::tasks::report_generation
