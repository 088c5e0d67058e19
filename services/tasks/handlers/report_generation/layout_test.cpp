// Scales, texts of values, lines and the layout of charts.
#include <gmock/gmock.h>

#include "services/tasks/handlers/report_generation/html_report.hpp"
#include "services/tasks/handlers/report_generation/chart_parts.hpp"

namespace esm::tasks::report_generation {
namespace {

chart sample(chart_kind kind, int categories, int series) {
    chart made;
    made.kind = kind;
    made.value_title = "Orders";
    made.category_title = "Month";
    for (int i = 0; i < categories; ++i) {
        made.categories.push_back(fmt::format("Category {}", i + 1));
        made.category_colors.push_back(palette[static_cast<std::size_t>(i) % palette.size()]);
    }
    for (int k = 0; k < series; ++k) {
        chart_series each{fmt::format("Series {}", k + 1), {}, palette[static_cast<std::size_t>(k)]};
        for (int i = 0; i < categories; ++i) each.values.push_back(20 + (i * 37 + k * 53) % 91 + (kind == chart_kind::line ? i * 3 : 0));
        made.series.push_back(each);
    }
    return made;
}

TEST(demo, all) {
    report shown;
    shown.title = "Quarterly sales and operations review";
    shown.subtitle = "All regions, third quarter of 2026: orders, revenue, returns and how long they took";
    shown.author = "Ada Lovelace";
    shown.created = 1'795'679'520'000'000;
    shown.blocks.emplace_back(heading_block{"Overview", 1});
    shown.blocks.emplace_back(text_block{"This report shows how the quarter went. Orders rose in every region but the north, where a warehouse stood still for two weeks; returns fell to the lowest share since records began.\n\nWhat to look at:\n- Grüße, naïve café, Ж λ ≤ € and Việt Nam Ờ ṩ ї must read well\n- the second item is long enough that it has to be broken into more than one line, so that the hanging indent shows\n- third"});
    shown.blocks.emplace_back(figures_block{"", {{"Orders", "12,480"}, {"Revenue", "€ 1.2 M"}, {"Returned", "2.1%"}, {"Median time to ship", "1 d 4 h"}}});
    shown.blocks.emplace_back(chart_block{"Orders by month", "Source: orders.csv", sample(chart_kind::bar, 6, 2)});
    shown.blocks.emplace_back(chart_block{"Trend", "", sample(chart_kind::line, 30, 3)});
    shown.blocks.emplace_back(heading_block{"Details", 1});
    shown.blocks.emplace_back(chart_block{"One line", "", sample(chart_kind::line, 14, 1)});
    shown.blocks.emplace_back(chart_block{"Stacked", "", sample(chart_kind::stacked_bar, 12, 4)});
    shown.blocks.emplace_back(chart_block{"Donut", "", sample(chart_kind::donut, 5, 1)});
    shown.blocks.emplace_back(chart_block{"Pie", "", sample(chart_kind::pie, 8, 1)});
    shown.blocks.emplace_back(chart_block{"Horizontal", "", sample(chart_kind::horizontal_bar, 7, 2)});
    table_block table;
    table.title = "Orders";
    table.note = "Showing the first 120 of 4,812 rows.";
    table.columns = {{"Order", alignment::left, {}}, {"Customer", alignment::left, {}}, {"Placed", alignment::left, {value_kind::date, -1, {}}}, {"Amount", alignment::right, {value_kind::number, 2, {}}}, {"Remarks", alignment::left, {}}};
    row_writer rows("/tmp/spike/rows");
    for (int i = 0; i < 120; ++i) {
        const auto id = fmt::format("ORD-{:05}", i);
        const std::string remark = i % 7 == 0 ? "Please leave the parcel with the neighbour on the second floor, the bell is broken" : i % 11 == 0 ? std::string(120, 'x') : "";
        rows.append({cell(std::string_view(id)), cell(std::string_view("Customer & Söhne")), cell(std::string_view("2026-08-01T10:00:00Z")), cell(i * 1234.567 - 900), cell(std::string_view(remark))});
    }
    table.rows = rows.finish();
    table.totals = {"Total", "", "", "8,814,000.00", ""};
    shown.blocks.emplace_back(table);
    run_control control(nullptr, run_control::clock::now() + std::chrono::minutes(5));
    auto pdf = write_pdf(shown, {"/usr/share/fonts/truetype/dejavu", {}}, 100, "/tmp/spike/demo.pdf", control);
    ASSERT_TRUE(pdf.has_value());
    auto html = write_html(shown, 10'000'000, "/tmp/spike/demo.html", control);
    ASSERT_TRUE(html.has_value());
}

}  // namespace
}  // namespace esm::tasks::report_generation
