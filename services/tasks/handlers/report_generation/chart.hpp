// A chart as data, and the picture it becomes: marks on a plane that the PDF and the SVG renderer draw
// without deciding anything themselves. Pure.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "services/tasks/handlers/report_generation/color.hpp"
#include "services/tasks/handlers/report_generation/value_text.hpp"

namespace esm::tasks::report_generation {

enum class chart_kind : std::uint8_t { bar, horizontal_bar, stacked_bar, line, pie, donut };

struct chart_series {
    std::string name;
    std::vector<double> values;  // one a category; NaN where there is none
    color shown;
};

struct chart {
    chart_kind kind{chart_kind::bar};
    std::string category_title, value_title;
    std::vector<std::string> categories;
    std::vector<color> category_colors;  // pies: one a slice
    bool ordered{false};  // the categories follow each other, as days do: some labels may be left out
    std::vector<chart_series> series;
    value_format format;
};

struct point {
    double x{0}, y{0};
};

enum class anchor : std::uint8_t { start, middle, end };

// `tip` is what a reader may ask about it; empty for decoration.
struct box_mark {
    point corner;  // top left
    double width{0}, height{0};
    color fill;
    std::string tip;
};
struct line_mark {
    std::vector<point> points;
    color stroke;
    double width{1};
    std::vector<double> dashes;
};
struct area_mark {
    std::vector<point> outline;
    color fill;
    std::string tip;
};
struct text_mark {
    point at;  // of the baseline
    std::string text;
    double size{8};
    anchor where{anchor::start};
    bool bold{false};
    color shown{colors::ink};
    double angle{0};  // degrees, counter-clockwise
};
using mark = std::variant<box_mark, line_mark, area_mark, text_mark>;

// In points, y downwards; later marks lie on earlier ones.
struct picture {
    double width{0}, height{0};
    std::vector<mark> marks;
};

// `width` in points; the height follows from the chart.
picture lay_out(const chart& shown, const number_style& style, double width);

}  // namespace esm::tasks::report_generation
