// Lines over categories that follow each other.
#include <cmath>

#include "services/tasks/handlers/report_generation/chart_parts.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr double lines_height = 190;
constexpr double inset = 8;
constexpr std::size_t marked_points_max = 40;
constexpr double area_tint = 0.14;

struct line_plot {
    picture& into;
    const chart& shown;
    const number_style& style;
    area plot;
    scale values;
    double first, step;

    point at(std::size_t category, double value) const {
        return {
            first + step * static_cast<double>(category), plot.bottom - values.place(value) * plot.height()
        };
    }

    // The runs between gaps.
    std::vector<std::vector<point>> runs_of(const chart_series& series) const {
        std::vector<std::vector<point>> runs(1);
        for (std::size_t i = 0; i < series.values.size(); ++i) {
            if (!std::isnan(series.values[i])) {
                runs.back().push_back(at(i, series.values[i]));
            } else if (!runs.back().empty()) {
                runs.emplace_back();
            }
        }
        return runs;
    }

    // One line alone stands on a tint of its colour.
    void add_ground() const {
        if (shown.series.size() != 1 || values.low != 0) return;
        for (auto run : runs_of(shown.series.front())) {
            if (run.size() < 2) continue;
            run.push_back({run.back().x, plot.bottom});
            run.push_back({run.front().x, plot.bottom});
            into.marks.emplace_back(area_mark{run, tint(shown.series.front().shown, area_tint), {}});
        }
    }

    void add_line(std::size_t number) const {
        const auto& series = shown.series[number];
        for (auto& run : runs_of(series)) {
            if (run.size() < 2) continue;
            into.marks.emplace_back(line_mark{std::move(run), series.shown, 1.75, dashes_of(number)});
        }
        for (std::size_t i = 0; i < series.values.size(); ++i) {
            if (std::isnan(series.values[i]) || !needs_marker(series, i)) continue;
            add_marker(into, at(i, series.values[i]), number, series.shown, tip_of(shown, i, number, style));
        }
    }

    // Few points show each; a point between gaps has no line that shows it.
    bool needs_marker(const chart_series& series, std::size_t i) const {
        if (series.values.size() <= marked_points_max) return true;
        const bool before = i > 0 && !std::isnan(series.values[i - 1]);
        const bool after = i + 1 < series.values.size() && !std::isnan(series.values[i + 1]);
        return !before && !after;
    }
};

}  // namespace

picture lay_out_lines(const chart& shown, const number_style& style, double width) {
    picture made{width, lines_height, {}};
    const auto values = value_scale(shown, false);
    area plot{value_axis_width(values, shown, style), 0, width - 2, 0};
    plot.top = add_legend(made, shown, swatch::line, 0) + (shown.value_title.empty() ? 8 : 20);
    const auto count = static_cast<double>(shown.categories.size());
    const double step = count > 1 ? (plot.width() - 2 * inset) / (count - 1) : 0;
    const double first = count > 1 ? plot.left + inset : (plot.left + plot.right) / 2;
    const auto labels = plan_labels(shown, count > 1 ? step : plot.width(), true);
    const double below = labels.height + (shown.category_title.empty() ? 0 : 13);
    plot.bottom = made.height - below;
    const line_plot drawing{made, shown, style, plot, values, first, step};
    drawing.add_ground();
    add_value_axis(made, plot, values, shown, style);
    for (std::size_t i = 0; i < shown.series.size(); ++i) drawing.add_line(i);
    add_category_labels(made, plot, shown, labels, first, step);
    return made;
}

}  // namespace esm::tasks::report_generation
