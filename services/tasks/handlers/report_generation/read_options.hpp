// The options of report_generation from the service's configuration (report_… keys).
#pragma once

#include "services/tasks/config.hpp"
#include "services/tasks/handlers/data/read_limits.hpp"
#include "services/tasks/handlers/report_generation/report_generation.hpp"

namespace esm::tasks::report_generation {

inline options read_options(const config& settings) {
    options read;
    read.fonts.folder = settings.report_font_dir;
    read.fonts.fallbacks.assign(settings.report_fallback_fonts.begin(), settings.report_fallback_fonts.end());
    read.bounds = data::read_limits(settings);
    read.pages_max = static_cast<std::size_t>(settings.report_pages_max);
    read.html_max_bytes = static_cast<std::size_t>(settings.report_html_max_bytes);
    return read;
}

}  // namespace esm::tasks::report_generation
