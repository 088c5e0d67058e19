// A report as one HTML file that needs nothing else: style within, charts as SVG, no scripts, every text
// escaped.
#pragma once

#include "services/tasks/handlers/report_generation/pdf_report.hpp"

namespace esm::tasks::report_generation {

// errc::payload_too_large where it grows beyond `max_bytes`, naming the section; errc::deadline_exceeded
// where the control said stop. Throws std::runtime_error when the disk fails.
result<rendered> write_html(
    const report& shown, std::size_t max_bytes, const std::filesystem::path& to, const run_control& control
);

}  // namespace esm::tasks::report_generation
