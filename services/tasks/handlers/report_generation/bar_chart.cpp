// Columns, side by side or stacked, and horizontal bars.
#include <algorithm>
#include <cmath>

#include "services/tasks/handlers/report_generation/chart_parts.hpp"
#include "services/tasks/handlers/report_generation/text_width.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr double columns_height = 190;
constexpr double group_share = 0.72;  // of a band; the rest is air
constexpr double column_max_width = 46;
constexpr double bar_height = 13;
constexpr double bars_max_height = 400;  // all of them fit a page in any shape; many become thinner
constexpr double labelled_bar_min = 7;
constexpr double bar_gap = 2;
constexpr double group_gap = 8;
constexpr double names_max_share = 0.38;  // of the width, for the names of horizontal bars
constexpr std::size_t labelled_columns_max = 32;

// From zero to the value, at least a hair so that a small value is no missing one.
void add_column(
    picture& into, double x, double width, double from_y, double to_y, color fill, std::string tip
) {
    const double height = std::max(std::abs(to_y - from_y), 0.4);
    into.marks.emplace_back(box_mark{{x, std::min(from_y, to_y)}, width, height, fill, std::move(tip)});
}

struct column_plot {
    picture& into;
    const chart& shown;
    const number_style& style;
    area plot;
    scale values;
    double band;

    double y_of(double value) const { return plot.bottom - values.place(value) * plot.height(); }

    void add_group(std::size_t category) const {
        const auto count = static_cast<double>(shown.series.size());
        const double width = std::min(band * group_share / count, column_max_width);
        const double first = plot.left + band * (static_cast<double>(category) + 0.5) - width * count / 2;
        const double gap = width > 6 && count > 1 ? 1 : 0;
        for (std::size_t i = 0; i < shown.series.size(); ++i) {
            const double value = shown.series[i].values[category];
            if (std::isnan(value)) continue;
            const double x = first + width * static_cast<double>(i);
            const auto tip = tip_of(shown, category, i, style);
            add_column(into, x, width - gap, y_of(0), y_of(value), shown.series[i].shown, tip);
            add_value(x + (width - gap) / 2, value, std::max(width, band * group_share / count));
        }
    }

    void add_value(double x, double value, double room) const {
        if (shown.categories.size() * shown.series.size() > labelled_columns_max) return;
        const auto label = format_value(value, shown.format, style);
        if (text_width(label, 7) > room + 4) return;
        const double y = value < 0 ? y_of(value) + 8 : y_of(value) - 3;
        add_text(into, {{x, y}, label, 7, anchor::middle, false, colors::ink});
    }

    void add_stack(std::size_t category) const {
        const double width = std::min(band * group_share, column_max_width);
        const double x = plot.left + band * (static_cast<double>(category) + 0.5) - width / 2;
        double above = 0, below = 0;
        for (std::size_t i = 0; i < shown.series.size(); ++i) {
            const double value = shown.series[i].values[category];
            if (std::isnan(value) || value == 0) continue;
            double& end = value < 0 ? below : above;
            const double from = y_of(end), to = y_of(end + value);
            end += value;
            // A white hair keeps neighbours apart where it leaves something of them.
            const double hair = std::abs(to - from) > 2.5 && i > 0 ? (value < 0 ? 0.6 : -0.6) : 0;
            add_column(
                into, x, width, from + hair, to, shown.series[i].shown, tip_of(shown, category, i, style)
            );
        }
    }
};

}  // namespace

picture lay_out_columns(const chart& shown, const number_style& style, double width) {
    picture made{width, columns_height, {}};
    const auto values = value_scale(shown, true);
    area plot{value_axis_width(values, shown, style), 0, width - 2, 0};
    plot.top = add_legend(made, shown, swatch::box, 0) + (shown.value_title.empty() ? 10 : 20);
    const double band = plot.width() / static_cast<double>(shown.categories.size());
    const auto labels = plan_labels(shown, band, shown.ordered);
    const double below = labels.height + (shown.category_title.empty() ? 0 : 13);
    plot.bottom = std::max(made.height - below, plot.top + 90);
    made.height = plot.bottom + below;
    add_value_axis(made, plot, values, shown, style);
    const column_plot drawing{made, shown, style, plot, values, band};
    for (std::size_t i = 0; i < shown.categories.size(); ++i) {
        if (shown.kind == chart_kind::stacked_bar) {
            drawing.add_stack(i);
        } else {
            drawing.add_group(i);
        }
    }
    add_category_labels(made, plot, shown, labels, plot.left + band / 2, band);
    return made;
}

namespace {

// The values stand at the ends of the bars, so that there is no axis to read them from.
struct bar_plot {
    picture& into;
    const chart& shown;
    const number_style& style;
    double left, right, low, high, height;

    double x_of(double value) const { return left + (value - low) / (high - low) * (right - left); }

    void add_bar(std::size_t category, std::size_t series, double top) const {
        const double value = shown.series[series].values[category];
        if (std::isnan(value)) return;
        const double from = x_of(0), to = x_of(value);
        into.marks.emplace_back(box_mark{
            {std::min(from, to), top},
            std::max(std::abs(to - from), 0.4),
            height,
            shown.series[series].shown,
            tip_of(shown, category, series, style)
        });
        if (height < labelled_bar_min) return;
        const auto label = format_value(value, shown.format, style);
        const auto side = value < 0 ? anchor::end : anchor::start;
        add_text(into, {{to + (value < 0 ? -4 : 4), top + height / 2 + 2.8}, label, label_size, side});
    }
};

// From the lowest to the highest value, with zero.
std::pair<double, double> reach_of(const chart& shown) {
    double low = 0, high = 0;
    for (const auto& series : shown.series) {
        for (const double value : series.values) {
            if (std::isnan(value)) continue;
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    return {low, high};
}

double widest_value(const chart& shown, const number_style& style, bool negative) {
    double widest = 0;
    for (const auto& series : shown.series) {
        for (const double value : series.values) {
            if (std::isnan(value) || (value < 0) != negative) continue;
            widest = std::max(widest, text_width(format_value(value, shown.format, style), label_size) + 6);
        }
    }
    return widest;
}

}  // namespace

picture lay_out_horizontal_bars(const chart& shown, const number_style& style, double width) {
    picture made{width, 0, {}};
    double names = 0;
    for (const auto& each : shown.categories) names = std::max(names, text_width(each, label_size));
    names = std::min(names, width * names_max_share);
    const auto values = value_scale(shown, true);
    const auto [low, high] = reach_of(shown);
    const auto count = static_cast<double>(shown.series.size());
    const double group = count * (bar_height + bar_gap) - bar_gap;
    const double all = static_cast<double>(shown.categories.size()) * (group + group_gap);
    const double scaled = std::min(1.0, bars_max_height / all);
    const bar_plot drawing{
        made,
        shown,
        style,
        names + 8 + widest_value(shown, style, true),
        width - widest_value(shown, style, false),
        low,
        high > low ? high : values.high,
        bar_height * scaled
    };
    double top = add_legend(made, shown, swatch::box, 0);
    if (!shown.value_title.empty()) {
        const auto title = fit_text(shown.value_title, label_size, width);
        add_text(made, {{0, top + label_size}, title, label_size, anchor::start, false, colors::faint_ink});
        top += label_size + 6;
    }
    const double first = top;
    for (std::size_t i = 0; i < shown.categories.size(); ++i) {
        const auto name = fit_text(shown.categories[i], label_size, names);
        add_text(made, {{names, top + group * scaled / 2 + 2.8}, name, label_size, anchor::end});
        for (std::size_t k = 0; k < shown.series.size(); ++k) {
            drawing.add_bar(i, k, top + static_cast<double>(k) * (bar_height + bar_gap) * scaled);
        }
        top += (group + group_gap) * scaled;
    }
    made.height = top - group_gap * scaled + 2;
    const double base = drawing.x_of(0);
    made.marks.emplace_back(line_mark{{{base, first - 2}, {base, made.height}}, colors::faint_ink, 0.8, {}});
    return made;
}

}  // namespace esm::tasks::report_generation
