// A table over as many pages as it needs, its head repeated on each.
#pragma once

#include "services/tasks/handlers/report_generation/pdf_pages.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks::report_generation {

// What a table's columns want, in points: all of their content in one line, and what is the least.
struct column_wish {
    double most{0}, least{0};
    double share{0};
};

// Widths of columns that fill `width` where that makes sense: what they want, or less for those that want
// much. Pure.
std::vector<double> column_widths(const std::vector<column_wish>& wishes, double width);

// The least height to begin a table with: its head and a row or two.
inline constexpr double table_start_height = 64;

// Throws pages_end, pdf_failure.
void draw_table(
    pdf_pages& pages, const table_block& shown, const number_style& style, const run_control& control
);

}  // namespace esm::tasks::report_generation
