// A picture as SVG to stand within an HTML page: no scripts, no references, every text escaped.
#pragma once

#include <string>

#include "services/tasks/handlers/report_generation/chart.hpp"

namespace esm::tasks::report_generation {

// `label` says to those who do not see it what it shows.
std::string to_svg(const picture& drawn, std::string_view label);

}  // namespace esm::tasks::report_generation
