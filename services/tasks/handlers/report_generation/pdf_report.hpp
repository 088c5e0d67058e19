// A report as a PDF file: typeset pages with header, footer and outline.
#pragma once

#include "services/tasks/handlers/report_generation/pdf_canvas.hpp"
#include "services/tasks/handlers/report_generation/report.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks::report_generation {

struct rendered {
    std::uintmax_t bytes{0};
    std::size_t pages{0};               // PDF
    std::size_t characters_lacking{0};  // PDF: no font had them
};

// errc::payload_too_large where the report needs more pages, naming the block; errc::deadline_exceeded where
// the control said stop. Throws pdf_failure.
result<rendered> write_pdf(
    const report& shown,
    const font_files& fonts,
    std::size_t pages_max,
    const std::filesystem::path& to,
    const run_control& control
);

}  // namespace esm::tasks::report_generation
