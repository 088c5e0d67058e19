// The task type report_generation: data sets, or the user's own history, as PDF and HTML with tables and
// charts (contracts/task_types/report_generation.json).
#pragma once

#include "services/tasks/handlers/data/limits.hpp"
#include "services/tasks/handlers/handler.hpp"
#include "services/tasks/handlers/report_generation/pdf_canvas.hpp"

namespace esm::tasks::report_generation {

inline constexpr std::string_view type_name = "report_generation";

struct options {
    font_files fonts;
    data::limits bounds;
    std::size_t pages_max{500};
    std::size_t html_max_bytes{64UL * 1024 * 1024};
};

std::unique_ptr<handler> make_handler(options settings);

}  // namespace esm::tasks::report_generation
