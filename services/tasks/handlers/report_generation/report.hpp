// A report as its renderers take it: blocks in their order, all data worked out. Rows of tables lie in files,
// so that a long table never stands in memory.
#pragma once

#include <optional>

#include "services/tasks/handlers/report_generation/chart.hpp"
#include "services/tasks/handlers/report_generation/row_file.hpp"

namespace esm::tasks::report_generation {

struct heading_block {
    std::string text;
    int level{1};  // to 3
};

// Paragraphs stand apart by an empty line; lines that begin with "- " are items of a list.
struct text_block {
    std::string text;
};

struct figure {
    std::string title, value;
};
struct figures_block {
    std::string title;
    std::vector<figure> figures;
};

struct chart_block {
    std::string title;
    std::string note;  // below it; empty: none
    chart shown;
};

enum class alignment : std::uint8_t { left, right, center };

struct table_column {
    std::string title;
    alignment aligned{alignment::left};
    value_format format;
    double share{0};  // of the width, against the others'; 0: by content
};
struct table_block {
    std::string title;
    std::string note;
    std::vector<table_column> columns;
    row_file rows;
    std::optional<std::vector<std::string>> totals;  // one a column
};

struct page_break_block {};

using block =
    std::variant<heading_block, text_block, figures_block, chart_block, table_block, page_break_block>;

struct page_shape {
    double width{595.28}, height{841.89};  // points: A4
};

struct report {
    std::string title, subtitle, author;
    instant_us created{0};
    number_style style;
    page_shape page;
    std::vector<block> blocks;
};

// A paragraph or an item of a list.
struct text_part {
    std::string text;
    bool item{false};
};
std::vector<text_part> parts_of(const text_block& whole);

}  // namespace esm::tasks::report_generation
