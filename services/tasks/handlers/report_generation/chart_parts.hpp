// What the layouts of all kinds of charts share: legend, value axis, labels of categories. Pure.
#pragma once

#include "services/tasks/handlers/report_generation/chart.hpp"
#include "services/tasks/handlers/report_generation/scale.hpp"

namespace esm::tasks::report_generation {

inline constexpr double label_size = 8;
inline constexpr double legend_line = 13;

struct area {
    double left{0}, top{0}, right{0}, bottom{0};
    double width() const { return right - left; }
    double height() const { return bottom - top; }
};

// The layouts by kind; each returns the whole picture.
picture lay_out_columns(const chart& shown, const number_style& style, double width);
picture lay_out_horizontal_bars(const chart& shown, const number_style& style, double width);
picture lay_out_lines(const chart& shown, const number_style& style, double width);
picture lay_out_pie(const chart& shown, const number_style& style, double width);

enum class swatch : std::uint8_t { box, line };

// Series that differ in colour alone would be one to some readers.
std::vector<double> dashes_of(std::size_t series);
// A marker of the series' own shape.
void add_marker(picture& into, point at, std::size_t series, color shown, std::string tip);

// Draws the names of the series, wrapped, from the top of `into`; returns where they end. Nothing for one
// series.
double add_legend(picture& into, const chart& shown, swatch kind, double top);

// Takes in zero unless the values of a line stay far from it.
scale value_scale(const chart& shown, bool from_zero, int wanted = ticks_wanted);

// Horizontal grid lines with their values left of the plot; returns its left edge.
double value_axis_width(const scale& values, const chart& shown, const number_style& style);
void add_value_axis(
    picture& into, const area& plot, const scale& values, const chart& shown, const number_style& style
);

// How the labels below a plot are shown: all flat, all slanted, or every nth.
struct label_plan {
    std::size_t every{1};
    bool slanted{false};
    double height{0};
};
// Where some `may_miss`, labels that do not fit are left out rather than slanted.
label_plan plan_labels(const chart& shown, double band, bool may_miss);
void add_category_labels(
    picture& into, const area& plot, const chart& shown, const label_plan& plan, double first, double band
);

void add_text(picture& into, text_mark added);
// "June, failed: 12".
std::string tip_of(const chart& shown, std::size_t category, std::size_t series, const number_style& style);
// Says that there is nothing, in the middle.
picture empty_picture(double width);
bool has_values(const chart& shown);

}  // namespace esm::tasks::report_generation
