// Texts of values, scales, lines of text, and the pictures that charts become.
#include <gmock/gmock.h>

#include <cmath>

#include "services/tasks/handlers/report_generation/chart_parts.hpp"
#include "services/tasks/handlers/report_generation/pdf_table.hpp"
#include "services/tasks/handlers/report_generation/svg.hpp"
#include "services/tasks/handlers/report_generation/text_lines.hpp"
#include "services/tasks/handlers/report_generation/text_width.hpp"

namespace esm::tasks::report_generation {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

const number_style english;

std::string shown(const cell& value, value_format format = {}) {
    return format_cell(value, format, english);
}

TEST(report_values, numbers_have_separators_and_a_real_minus) {
    EXPECT_EQ(shown(cell(std::int64_t{1000})), "1000") << "years and small ids stay together";
    EXPECT_EQ(shown(cell(std::int64_t{1234567})), "1,234,567");
    EXPECT_EQ(shown(cell(std::int64_t{-1234567})), "−1,234,567");
    EXPECT_EQ(shown(cell(std::numeric_limits<std::int64_t>::max())), "9,223,372,036,854,775,807") << "exact";
    EXPECT_EQ(shown(cell(1234.5)), "1,234.5");
    EXPECT_EQ(shown(cell(2.0)), "2");
    EXPECT_EQ(shown(cell(0.125)), "0.125");
    EXPECT_EQ(shown(cell(1.0 / 3)), "0.333");
    EXPECT_EQ(shown(cell(-0.0001), {value_kind::number, 2, {}}), "0.00") << "no negative zero";
    EXPECT_EQ(shown(cell(std::int64_t{5}), {value_kind::number, 2, "EUR"}), "5.00\u00a0EUR");
    EXPECT_EQ(shown(cell(1e300)), "1e+300");
    EXPECT_EQ(format_cell(cell(-1234.5), {value_kind::number, 2, {}}, style_named("1.234,5")), "−1.234,50");
    EXPECT_EQ(format_cell(cell(1234567.5), {}, style_named("1 234,5")), "1\u202f234\u202f567,5");
}

TEST(report_values, other_kinds) {
    EXPECT_EQ(shown(cell()), "");
    EXPECT_EQ(shown(cell(true)), "yes");
    EXPECT_EQ(shown(cell(0.1234), {value_kind::percent, -1, {}}), "12.3%");
    EXPECT_EQ(shown(cell(std::int64_t{1536}), {value_kind::bytes, -1, {}}), "1.5\u00a0KiB");
    EXPECT_EQ(shown(cell(std::int64_t{12}), {value_kind::bytes, -1, {}}), "12\u00a0B");
    EXPECT_EQ(shown(cell(std::string_view("n/a")), {value_kind::bytes, -1, {}}), "n/a");
    EXPECT_EQ(shown(cell(std::int64_t{20260101}), {value_kind::text, -1, {}}), "20260101");
    const cell instant(std::string_view("2026-11-26T14:03:59.123456+01:00"));
    EXPECT_EQ(shown(instant, {value_kind::date, -1, {}}), "2026-11-26");
    EXPECT_EQ(shown(instant, {value_kind::date_time, -1, {}}), "2026-11-26 13:03");
    EXPECT_EQ(shown(cell(std::string_view("soon")), {value_kind::date, -1, {}}), "soon");
    EXPECT_EQ(format_long_date(*parse_instant("2024-02-29T23:59:59Z")), "29 February 2024");
}

TEST(report_values, durations) {
    const auto lasted = [](double seconds) { return shown(cell(seconds), {value_kind::duration, -1, {}}); };
    EXPECT_EQ(lasted(0), "0\u00a0s");
    EXPECT_EQ(lasted(0.000'012), "12\u00a0µs");
    EXPECT_EQ(lasted(0.0042), "4.2\u00a0ms");
    EXPECT_EQ(lasted(0.85), "850\u00a0ms");
    EXPECT_EQ(lasted(1.234), "1.23\u00a0s");
    EXPECT_EQ(lasted(59.96), "1\u00a0m 00\u00a0s");
    EXPECT_EQ(lasted(125), "2\u00a0m 05\u00a0s");
    EXPECT_EQ(lasted(3725), "1\u00a0h 02\u00a0m");
    EXPECT_EQ(lasted(-90'061), "−1\u00a0d 1\u00a0h");
}

TEST(report_values, buckets) {
    const auto at = [](std::string_view text) { return *parse_instant(text); };
    const auto sunday = at("2026-03-01T23:59:59.9Z");
    EXPECT_EQ(bucket_start(sunday, bucket::hour), at("2026-03-01T23:00:00Z"));
    EXPECT_EQ(bucket_start(sunday, bucket::day), at("2026-03-01T00:00:00Z"));
    EXPECT_EQ(bucket_start(sunday, bucket::week), at("2026-02-23T00:00:00Z")) << "weeks begin on Monday";
    EXPECT_EQ(bucket_start(sunday, bucket::month), at("2026-03-01T00:00:00Z"));
    EXPECT_EQ(bucket_start(-1, bucket::day), at("1969-12-31T00:00:00Z"));
    EXPECT_EQ(next_bucket(at("2024-02-01T00:00:00Z"), bucket::month), at("2024-03-01T00:00:00Z"));
    EXPECT_EQ(next_bucket(at("2026-12-01T00:00:00Z"), bucket::month), at("2027-01-01T00:00:00Z"));
    EXPECT_EQ(bucket_label(at("2026-11-05T14:00:00Z"), bucket::hour), "5 Nov 14:00");
    EXPECT_EQ(bucket_label(at("2026-11-01T00:00:00Z"), bucket::month), "Nov 2026");
}

std::vector<std::string> ticks_of(double low, double high, value_format format = {}) {
    const auto made = make_scale(low, high, format.kind);
    std::vector<std::string> texts;
    for (const double each : made.ticks())
        texts.push_back(format_tick(each, made.spacing(), format, english));
    return texts;
}

TEST(report_scale, steps_are_round) {
    EXPECT_THAT(ticks_of(0, 97), ElementsAre("0", "20", "40", "60", "80", "100"));
    EXPECT_THAT(ticks_of(0, 1), ElementsAre("0.0", "0.2", "0.4", "0.6", "0.8", "1.0"));
    EXPECT_THAT(ticks_of(-12, 30), ElementsAre("−20", "−10", "0", "10", "20", "30"));
    EXPECT_THAT(ticks_of(0, 1'234'567), ElementsAre("0.00", "0.25M", "0.50M", "0.75M", "1.00M", "1.25M"));
    EXPECT_THAT(
        ticks_of(0, 400, {value_kind::duration, -1, {}}),
        ElementsAre("0\u00a0m", "2\u00a0m", "4\u00a0m", "6\u00a0m", "8\u00a0m")
    );
    EXPECT_THAT(
        ticks_of(0, 3000, {value_kind::bytes, -1, {}}),
        ElementsAre("0\u00a0KiB", "1\u00a0KiB", "2\u00a0KiB", "3\u00a0KiB")
    );
    EXPECT_THAT(
        ticks_of(0, 0.5, {value_kind::percent, -1, {}}), ElementsAre("0%", "10%", "20%", "30%", "40%", "50%")
    );
}

TEST(report_scale, covers_whatever_it_is_given) {
    for (const auto kind :
         {value_kind::number, value_kind::bytes, value_kind::duration, value_kind::percent}) {
        for (const double low : {-1e12, -3.7, 0.0, 1e-7, 5.0}) {
            for (const double span : {0.0, 1e-9, 0.3, 17.0, 1e6, 1e15}) {
                const auto made = make_scale(low, low + span, kind);
                EXPECT_LE(made.low, low + made.step * 1e-6) << low << ' ' << span;
                EXPECT_GE(made.high, low + span - made.step * 1e-6) << low << ' ' << span;
                EXPECT_LE(made.ticks().size(), 16U) << low << ' ' << span;
                EXPECT_GE(made.ticks().size(), 2U) << low << ' ' << span;
            }
        }
    }
}

const character_width one_each = [](char32_t) { return 1.0; };

TEST(report_lines, break_between_words_and_within_those_too_long) {
    EXPECT_THAT(break_lines("the quick brown fox", 10, 9, one_each), ElementsAre("the quick", "brown fox"));
    EXPECT_THAT(break_lines("abcdefghij klm", 4, 9, one_each), ElementsAre("abcd", "efgh", "ij", "klm"));
    EXPECT_THAT(break_lines("a\n\nb  \t c", 9, 9, one_each), ElementsAre("a", "", "b c"));
    EXPECT_THAT(
        break_lines("time-consuming/work", 10, 9, one_each), ElementsAre("time-", "consuming/", "work")
    );
    EXPECT_THAT(break_lines("on 2026-11-26 at", 9, 9, one_each), ElementsAre("on", "2026-11-2", "6 at"));
    EXPECT_THAT(break_lines("grüße straße", 6, 9, one_each), ElementsAre("grüße", "straße"));
    EXPECT_THAT(break_lines("\xff\xfe", 6, 9, one_each), ElementsAre("\uFFFD\uFFFD"));
    EXPECT_TRUE(break_lines("", 6, 9, one_each).empty());
    EXPECT_TRUE(break_lines(" \n ", 6, 9, one_each).empty());
}

TEST(report_lines, what_is_left_over_shows_as_an_ellipsis) {
    EXPECT_THAT(break_lines("aaa bbb ccc ddd", 7, 1, one_each), ElementsAre("aaa bb…"));
    EXPECT_THAT(break_lines("aaa bbb ccc ddd", 7, 2, one_each), ElementsAre("aaa bbb", "ccc ddd"));
    EXPECT_THAT(break_lines("a\nb\nc", 7, 2, one_each), ElementsAre("a", "b…"));
    EXPECT_THAT(break_lines("wide", 0.5, 3, one_each), ElementsAre("w", "i", "…")) << "no endless loop";
}

TEST(report_lines, labels_fit_their_room) {
    EXPECT_EQ(fit_text("short", 8, 100), "short");
    const auto cut = fit_text("a label that is much too long", 8, 60);
    EXPECT_THAT(cut, ::testing::EndsWith("…"));
    EXPECT_LE(text_width(cut, 8), 60);
    EXPECT_EQ(fit_text("anything", 8, 0), "…");
}

TEST(report_table, the_widest_columns_give_way_first) {
    const auto widths = column_widths({{50, 30}, {60, 40}, {900, 40}}, 300);
    EXPECT_NEAR(widths[0], 50, 0.01);
    EXPECT_NEAR(widths[1], 60, 0.01);
    EXPECT_NEAR(widths[2], 190, 0.01);
    EXPECT_THAT(column_widths({{50, 30}, {50, 30}}, 400), ElementsAre(50, 50)) << "narrow tables stay narrow";
    EXPECT_THAT(
        column_widths({{100, 30}, {200, 30}}, 400),
        ElementsAre(::testing::DoubleNear(133.3, 0.1), ::testing::DoubleNear(266.7, 0.1))
    );
    EXPECT_THAT(column_widths({{500, 300}, {500, 300}}, 400), ElementsAre(200, 200)) << "less than the least";
    EXPECT_THAT(column_widths({{500, 300, 1}, {500, 300, 3}}, 400), ElementsAre(100, 300));
}

chart sample(chart_kind kind, std::size_t categories, std::size_t series) {
    chart made;
    made.kind = kind;
    for (std::size_t i = 0; i < categories; ++i) {
        made.categories.push_back(fmt::format("Category {}", i));
        made.category_colors.push_back(palette[i % palette.size()]);
    }
    for (std::size_t k = 0; k < series; ++k) {
        chart_series each{fmt::format("Series {}", k), {}, palette[k % palette.size()]};
        for (std::size_t i = 0; i < categories; ++i)
            each.values.push_back(static_cast<double>((i * 37 + k * 53) % 91));
        made.series.push_back(std::move(each));
    }
    return made;
}

template <class Mark>
std::vector<Mark> marks_of(const picture& drawn) {
    std::vector<Mark> found;
    for (const auto& each : drawn.marks) {
        if (const auto* one = std::get_if<Mark>(&each)) found.push_back(*one);
    }
    return found;
}

TEST(report_chart, bars_stand_on_zero_and_end_at_their_value) {
    auto two = sample(chart_kind::bar, 2, 1);
    two.series[0].values = {50, -25};
    const auto boxes = marks_of<box_mark>(lay_out(two, english, 400));
    ASSERT_EQ(boxes.size(), 2U);
    const double zero = boxes[0].corner.y + boxes[0].height;
    EXPECT_NEAR(boxes[1].corner.y, zero, 0.01) << "below the line";
    EXPECT_NEAR(boxes[0].height, 2 * boxes[1].height, 0.01);
    EXPECT_EQ(boxes[0].tip, "Category 0: 50");
}

TEST(report_chart, stacks_add_up) {
    auto stack = sample(chart_kind::stacked_bar, 1, 3);
    for (auto& each : stack.series) each.values = {10};
    auto boxes = marks_of<box_mark>(lay_out(stack, english, 400));
    std::erase_if(boxes, [](const box_mark& each) { return each.tip.empty(); });
    ASSERT_EQ(boxes.size(), 3U);
    EXPECT_LT(boxes[1].corner.y + boxes[1].height, boxes[0].corner.y + 0.7);
    EXPECT_LT(boxes[2].corner.y + boxes[2].height, boxes[1].corner.y + 0.7);
}

TEST(report_chart, slices_fill_the_circle) {
    auto pie = sample(chart_kind::pie, 3, 1);
    pie.series[0].values = {1, 1, 2};
    const auto drawn = lay_out(pie, english, 500);
    const auto slices = marks_of<area_mark>(drawn);
    ASSERT_EQ(slices.size(), 3U);
    const auto area = [](const std::vector<point>& outline) {
        double twice = 0;
        for (std::size_t i = 0; i < outline.size(); ++i) {
            const auto& a = outline[i];
            const auto& b = outline[(i + 1) % outline.size()];
            twice += a.x * b.y - b.x * a.y;
        }
        return std::abs(twice) / 2;
    };
    EXPECT_NEAR(area(slices[2].outline), 2 * area(slices[0].outline), 1);
    EXPECT_EQ(slices[2].tip, "Category 2: 2 (50%)");
    pie.series[0].values = {0, 0, 5};
    EXPECT_EQ(marks_of<area_mark>(lay_out(pie, english, 500)).size(), 1U) << "one whole circle";
}

TEST(report_chart, gaps_break_lines_and_lone_points_show) {
    auto line = sample(chart_kind::line, 60, 1);
    line.series[0].values[10] = line.series[0].values[30] = line.series[0].values[32] = std::nan("");
    const auto drawn = lay_out(line, english, 500);
    std::size_t runs = 0;
    for (const auto& each : marks_of<line_mark>(drawn)) runs += each.points.size() > 2 ? 1 : 0;
    EXPECT_EQ(runs, 3U);
    auto tipped = marks_of<area_mark>(drawn);
    std::erase_if(tipped, [](const area_mark& each) { return each.tip.empty(); });
    ASSERT_EQ(tipped.size(), 1U);
    EXPECT_THAT(tipped[0].tip, HasSubstr("Category 31"));
}

TEST(report_chart, everything_stays_within_the_picture_whatever_the_size) {
    for (const auto kind :
         {chart_kind::bar,
          chart_kind::horizontal_bar,
          chart_kind::stacked_bar,
          chart_kind::line,
          chart_kind::pie,
          chart_kind::donut}) {
        const bool round = kind == chart_kind::pie || kind == chart_kind::donut;
        for (const std::size_t categories : {1, 2, 7, 12, 40, 200}) {
            if (round && categories > 12) continue;
            for (const std::size_t series : {1, 3, 8}) {
                auto drawn_chart = sample(kind, categories, round ? 1 : series);
                drawn_chart.categories[0] = std::string(300, 'W');
                const auto drawn = lay_out(drawn_chart, english, 480);
                EXPECT_LE(drawn.height, 480) << "fits a page in landscape";
                for (const auto& each : marks_of<box_mark>(drawn)) {
                    EXPECT_GE(each.corner.x, -0.1);
                    EXPECT_LE(each.corner.x + each.width, 480.1);
                    EXPECT_GE(each.corner.y, -0.1);
                    EXPECT_LE(each.corner.y + each.height, drawn.height + 0.1);
                }
                for (const auto& each : marks_of<text_mark>(drawn)) {
                    EXPECT_LE(text_width(each.text, each.size), 480) << each.text;
                    EXPECT_TRUE(std::isfinite(each.at.x) && std::isfinite(each.at.y));
                }
            }
        }
    }
}

TEST(report_chart, no_values_say_so) {
    auto none = sample(chart_kind::line, 3, 1);
    none.series[0].values = {std::nan(""), std::nan(""), std::nan("")};
    for (const auto& each : {none, sample(chart_kind::pie, 0, 1), sample(chart_kind::bar, 0, 0)}) {
        const auto texts = marks_of<text_mark>(lay_out(each, english, 400));
        ASSERT_EQ(texts.size(), 1U);
        EXPECT_EQ(texts[0].text, "No data");
    }
}

TEST(report_chart, labels_on_colours_are_readable) {
    for (const auto& each : palette) {
        const double light = luminance(each) + 0.05, text = luminance(text_on(each)) + 0.05;
        EXPECT_GE(std::max(light, text) / std::min(light, text), 3.5);
    }
    EXPECT_EQ(parse_color("#0072B2"), palette[0]);
    for (const auto* wrong : {"", "#fff", "0072b2#", "#0072bg", "#0072b2;"})
        EXPECT_FALSE(parse_color(wrong)) << wrong;
}

TEST(report_svg, escapes_every_text) {
    auto hostile = sample(chart_kind::bar, 1, 2);
    hostile.categories[0] = "</title></svg><script>alert(1)</script>";
    hostile.series[0].name = "\" onload=\"alert(1)";
    hostile.value_title = "a&b\x01\xff";
    const auto svg = to_svg(lay_out(hostile, english, 400), "\"><script>");
    EXPECT_THAT(svg, Not(HasSubstr("<script")));
    EXPECT_THAT(svg, Not(HasSubstr("\" onload")));
    EXPECT_THAT(svg, HasSubstr("&lt;script&gt;"));
    EXPECT_THAT(svg, HasSubstr("a&amp;b\uFFFD\uFFFD"));
    EXPECT_THAT(svg, ::testing::StartsWith("<svg viewBox=\"0 0 400 "));
    EXPECT_THAT(svg, ::testing::EndsWith("</svg>"));
}

}  // namespace
}  // namespace esm::tasks::report_generation
