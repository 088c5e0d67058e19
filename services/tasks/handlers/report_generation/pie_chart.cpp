// Pies and donuts: one series, a slice a category, the values listed beside it.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "services/tasks/handlers/report_generation/chart_parts.hpp"
#include "services/tasks/handlers/report_generation/text_width.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr double radius = 78;
constexpr double hole = 46;
constexpr double list_line = 16;
constexpr double list_text = 8.5;
constexpr double labelled_share_min = 0.06;
constexpr double list_max_width = 290;

point on_circle(point center, double distance, double share) {
    const double angle = 2 * std::numbers::pi * share;
    return {center.x + distance * std::sin(angle), center.y - distance * std::cos(angle)};
}

// Clockwise from the top; arcs as chords of at most two degrees.
std::vector<point> slice_outline(point center, double inner, double from, double to) {
    const int chords = std::max(2, static_cast<int>(std::ceil((to - from) * 180)));
    std::vector<point> outline;
    for (int i = 0; i <= chords; ++i)
        outline.push_back(on_circle(center, radius, from + (to - from) * i / chords));
    if (inner == 0) {
        if (to - from < 1) outline.push_back(center);
        return outline;
    }
    for (int i = chords; i >= 0; --i)
        outline.push_back(on_circle(center, inner, from + (to - from) * i / chords));
    return outline;
}

std::string share_text(double share, const number_style& style) {
    return format_value(share, {value_kind::percent, share < 0.0995 ? 1 : 0, {}}, style);
}

struct pie_plot {
    picture& into;
    const chart& shown;
    const number_style& style;
    point center;
    double inner, sum;

    void add_slices() const {
        double from = 0;
        for (std::size_t i = 0; i < shown.categories.size(); ++i) {
            const double value = shown.series.front().values[i];
            if (std::isnan(value) || value <= 0) continue;
            const double to = std::min(1.0, from + value / sum);
            const auto tip = tip_of(shown, i, 0, style) + " (" + share_text(to - from, style) + ")";
            into.marks.emplace_back(
                area_mark{slice_outline(center, inner, from, to), shown.category_colors[i], tip}
            );
            from = to;
        }
        add_borders();
        add_shares();
    }

    void add_borders() const {
        double from = 0;
        for (const double value : shown.series.front().values) {
            if (std::isnan(value) || value <= 0) continue;
            if (value < sum) {
                const std::vector<point> border{
                    on_circle(center, inner, from), on_circle(center, radius + 0.5, from)
                };
                into.marks.emplace_back(line_mark{border, colors::white, 1.2, {}});
            }
            from += value / sum;
        }
    }

    void add_shares() const {
        double from = 0;
        for (std::size_t i = 0; i < shown.categories.size(); ++i) {
            const double value = shown.series.front().values[i];
            if (std::isnan(value) || value <= 0) continue;
            const double share = value / sum;
            if (share >= labelled_share_min) {
                const double distance = inner > 0 ? (inner + radius) / 2 : radius * 0.66;
                const auto at = on_circle(center, distance, from + share / 2);
                add_text(
                    into,
                    {{at.x, at.y + 2.8},
                     share_text(share, style),
                     label_size,
                     anchor::middle,
                     true,
                     text_on(shown.category_colors[i])}
                );
            }
            from += share;
        }
    }

    // Name, value, share; the shares in a column of their own.
    void add_list(double left, double right) const {
        const auto count = shown.categories.size();
        double y = std::max(center.y - list_line * static_cast<double>(count) / 2, 2.0);
        double values = 0;
        for (const double value : shown.series.front().values) {
            values = std::max(values, text_width(format_value(value, shown.format, style), list_text));
        }
        constexpr double shares = 44;
        for (std::size_t i = 0; i < count; ++i) {
            const double value = shown.series.front().values[i];
            const double base = y + 11;
            into.marks.emplace_back(box_mark{{left, y + 3.5}, 10, 9, shown.category_colors[i], {}});
            const auto name =
                fit_text(shown.categories[i], list_text, right - left - 16 - shares - values - 10);
            add_text(into, {{left + 16, base}, name, list_text});
            add_text(
                into,
                {{right - shares, base}, format_value(value, shown.format, style), list_text, anchor::end}
            );
            const auto share = std::isnan(value) ? std::string() : share_text(value / sum, style);
            add_text(into, {{right, base}, share, list_text, anchor::end, false, colors::faint_ink});
            y += list_line;
            into.marks.emplace_back(line_mark{{{left, y}, {right, y}}, colors::grid, 0.5, {}});
        }
    }
};

}  // namespace

picture lay_out_pie(const chart& shown, const number_style& style, double width) {
    const auto& values = shown.series.front().values;
    const double sum = std::accumulate(values.begin(), values.end(), 0.0, [](double total, double value) {
        return std::isnan(value) ? total : total + std::max(value, 0.0);
    });
    if (!(sum > 0)) return empty_picture(width);
    const double list = list_line * static_cast<double>(shown.categories.size());
    picture made{width, std::max(2 * radius + 8, list + 8), {}};
    const double gap = 28;
    const double used = 2 * radius + gap + std::min(list_max_width, width - 2 * radius - gap);
    const double left = std::max(0.0, (width - used) / 2);
    const pie_plot drawing{
        made, shown, style, {left + radius, made.height / 2}, shown.kind == chart_kind::donut ? hole : 0, sum
    };
    drawing.add_slices();
    if (shown.kind == chart_kind::donut) {
        const auto total = format_value(sum, shown.format, style);
        const double size = text_width(total, 15, true) < hole * 1.7 ? 15 : 10;
        add_text(made, {{left + radius, made.height / 2 + 3}, total, size, anchor::middle, true});
        add_text(
            made,
            {{left + radius, made.height / 2 + 15}, "total", 7.5, anchor::middle, false, colors::faint_ink}
        );
    }
    drawing.add_list(left + 2 * radius + gap, left + used);
    return made;
}

}  // namespace esm::tasks::report_generation
