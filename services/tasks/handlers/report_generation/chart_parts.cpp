// See chart_parts.hpp.
#include "services/tasks/handlers/report_generation/chart_parts.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "services/tasks/handlers/report_generation/text_width.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr double label_gap = 6;
constexpr double slant_degrees = 35;
constexpr double slanted_label_max_width = 90;
constexpr double swatch_width = 14;
constexpr double legend_gap = 16;
constexpr double legend_name_max_width = 160;
constexpr double marker_radius = 2.6;
constexpr std::size_t unordered_labels_max = 60;

// Regular polygons; many sides are a disc.
std::vector<point> polygon(point center, double radius, int sides, double turn) {
    std::vector<point> outline;
    for (int i = 0; i < sides; ++i) {
        const double angle = turn + 2 * std::numbers::pi * i / sides;
        outline.push_back({center.x + radius * std::sin(angle), center.y - radius * std::cos(angle)});
    }
    return outline;
}

double widest_label(const chart& shown) {
    double widest = 0;
    for (const auto& each : shown.categories) widest = std::max(widest, text_width(each, label_size));
    return widest;
}

void add_swatch(picture& into, swatch kind, std::size_t series, color shown, double x, double middle) {
    if (kind == swatch::box) {
        into.marks.emplace_back(box_mark{{x, middle - 4}, 10, 8, shown, {}});
        return;
    }
    const std::vector<point> ends{{x, middle}, {x + swatch_width, middle}};
    into.marks.emplace_back(line_mark{ends, shown, 1.75, dashes_of(series)});
    add_marker(into, {x + swatch_width / 2, middle}, series, shown, {});
}

}  // namespace

std::vector<double> dashes_of(std::size_t series) {
    if (series < 3) return {};
    if (series < 6) return {5, 2.5};
    return {1.5, 2};
}

void add_marker(picture& into, point at, std::size_t series, color shown, std::string tip) {
    std::vector<point> outline;
    switch (series % 4) {
        case 0:
            outline = polygon(at, marker_radius, 24, 0);
            break;
        case 1:
            outline = polygon(at, marker_radius * 1.25, 4, std::numbers::pi / 4);
            break;
        case 2:
            outline = polygon(at, marker_radius * 1.4, 3, 0);
            break;
        default:
            outline = polygon(at, marker_radius * 1.35, 4, 0);
    }
    into.marks.emplace_back(area_mark{std::move(outline), shown, std::move(tip)});
}

double add_legend(picture& into, const chart& shown, swatch kind, double top) {
    if (shown.series.size() < 2) return top;
    double x = 0;
    for (std::size_t i = 0; i < shown.series.size(); ++i) {
        const auto& each = shown.series[i];
        const auto name = fit_text(each.name, label_size, legend_name_max_width);
        const double taken = swatch_width + 4 + text_width(name, label_size);
        if (x > 0 && x + taken > into.width) {
            x = 0;
            top += legend_line;
        }
        add_swatch(into, kind, i, each.shown, x, top + legend_line / 2);
        add_text(into, {{x + swatch_width + 4, top + legend_line / 2 + 2.9}, name, label_size});
        x += taken + legend_gap;
    }
    return top + legend_line + 5;
}

scale value_scale(const chart& shown, bool from_zero, int wanted) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (std::size_t i = 0; i < shown.categories.size(); ++i) {
        double above = 0, below = 0;
        for (const auto& each : shown.series) {
            const double value = each.values[i];
            if (std::isnan(value)) continue;
            low = std::min(low, value);
            high = std::max(high, value);
            (value < 0 ? below : above) += value;
        }
        if (shown.kind != chart_kind::stacked_bar) continue;
        low = std::min(low, below);
        high = std::max(high, above);
    }
    if (from_zero || (low > 0 && low < 0.6 * high) || (high < 0 && high > 0.6 * low)) {
        low = std::min(low, 0.0);
        high = std::max(high, 0.0);
    }
    auto made = make_scale(low, high, shown.format.kind, wanted);
    // Counts have no halves.
    const bool counts = shown.format.decimals == 0 && shown.format.kind <= value_kind::number;
    if (counts && made.step < 5 && made.step != std::floor(made.step)) {
        made.step = std::max(1.0, std::floor(made.step));
        made.low = std::floor(made.low / made.step) * made.step;
        made.high = std::ceil(made.high / made.step) * made.step;
    }
    return made;
}

double value_axis_width(const scale& values, const chart& shown, const number_style& style) {
    double widest = 0;
    for (const double tick : values.ticks()) {
        const auto label = format_tick(tick, values.spacing(), shown.format, style);
        widest = std::max(widest, text_width(label, label_size));
    }
    return widest + label_gap;
}

void add_value_axis(
    picture& into, const area& plot, const scale& values, const chart& shown, const number_style& style
) {
    if (!shown.value_title.empty()) {
        const auto title = fit_text(shown.value_title, label_size, into.width);
        add_text(into, {{0, plot.top - 8}, title, label_size, anchor::start, false, colors::faint_ink});
    }
    for (const double tick : values.ticks()) {
        const double y = plot.bottom - values.place(tick) * plot.height();
        const bool base = tick == 0;
        into.marks.emplace_back(line_mark{
            {{plot.left, y}, {plot.right, y}}, base ? colors::faint_ink : colors::grid, base ? 0.8 : 0.6, {}
        });
        const auto label = format_tick(tick, values.spacing(), shown.format, style);
        add_text(
            into, {{plot.left - label_gap, y + 2.8}, label, label_size, anchor::end, false, colors::faint_ink}
        );
    }
}

label_plan plan_labels(const chart& shown, double band, bool may_miss) {
    const double widest = widest_label(shown);
    label_plan plan{1, false, label_size + 6};
    if (widest + 6 <= band) return plan;
    if (may_miss || shown.categories.size() > unordered_labels_max || band < label_size + 1) {
        plan.every =
            static_cast<std::size_t>(std::ceil((std::min(widest, slanted_label_max_width) + 10) / band));
        return plan;
    }
    plan.slanted = true;
    const double length = std::min(widest, slanted_label_max_width);
    plan.height = length * std::sin(slant_degrees * std::numbers::pi / 180) + label_size + 6;
    return plan;
}

void add_category_labels(
    picture& into, const area& plot, const chart& shown, const label_plan& plan, double first, double band
) {
    for (std::size_t i = 0; i < shown.categories.size(); i += plan.every) {
        const double x = first + band * static_cast<double>(i);
        const auto label = fit_text(shown.categories[i], label_size, slanted_label_max_width);
        if (plan.slanted) {
            const point at{x + 3, plot.bottom + label_size + 1};
            add_text(into, {at, label, label_size, anchor::end, false, colors::faint_ink, slant_degrees});
            continue;
        }
        // Labels at the ends stay within the picture.
        const double half = text_width(label, label_size) / 2;
        const double middle =
            std::clamp(x, std::min(half, into.width / 2), std::max(into.width - half, into.width / 2));
        add_text(
            into,
            {{middle, plot.bottom + label_size + 5},
             label,
             label_size,
             anchor::middle,
             false,
             colors::faint_ink}
        );
    }
    if (shown.category_title.empty()) return;
    const point at{(plot.left + plot.right) / 2, into.height - 2};
    const auto title = fit_text(shown.category_title, label_size, plot.width());
    add_text(into, {at, title, label_size, anchor::middle, false, colors::faint_ink});
}

void add_text(picture& into, text_mark added) {
    into.marks.emplace_back(std::move(added));
}

std::string tip_of(const chart& shown, std::size_t category, std::size_t series, const number_style& style) {
    auto text = shown.categories[category];
    if (shown.series.size() > 1) text += ", " + shown.series[series].name;
    return text + ": " + format_value(shown.series[series].values[category], shown.format, style);
}

picture empty_picture(double width) {
    picture made{width, 60, {}};
    made.marks.emplace_back(box_mark{{0, 0}, width, 60, colors::stripe, {}});
    add_text(made, {{width / 2, 33}, "No data", 9, anchor::middle, false, colors::faint_ink});
    return made;
}

bool has_values(const chart& shown) {
    return std::any_of(shown.series.begin(), shown.series.end(), [](const chart_series& each) {
        return std::any_of(each.values.begin(), each.values.end(), [](double v) { return !std::isnan(v); });
    });
}

picture lay_out(const chart& shown, const number_style& style, double width) {
    if (!has_values(shown)) return empty_picture(width);
    switch (shown.kind) {
        case chart_kind::horizontal_bar:
            return lay_out_horizontal_bars(shown, style, width);
        case chart_kind::line:
            return lay_out_lines(shown, style, width);
        case chart_kind::pie:
        case chart_kind::donut:
            return lay_out_pie(shown, style, width);
        default:
            return lay_out_columns(shown, style, width);
    }
}

}  // namespace esm::tasks::report_generation
