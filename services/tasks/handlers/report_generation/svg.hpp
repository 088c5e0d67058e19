// A picture as SVG to stand within an HTML page: no scripts, no references, every text escaped.
#pragma once

#include <string>

#include "services/tasks/handlers/report_generation/chart.hpp"

namespace esm::tasks::report_generation {

// `label` says to those who do not see it what it shows.
std::string to_svg(const picture& drawn, std::string_view label);

// For text and attribute values of HTML and SVG; characters that XML does not allow become U+FFFD.
std::string escape_markup(std::string_view text);

}  // namespace esm::tasks::report_generation
