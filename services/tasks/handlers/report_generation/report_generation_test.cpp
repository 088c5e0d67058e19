// The report_generation type from its parameters to its files, and every way they can be wrong. PDF text is
// read back by pdftotext.
#include "services/tasks/handlers/report_generation/report_generation.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "services/tasks/handlers/report_generation/report_fixture.hpp"

namespace esm::tasks::report_generation {
namespace {

using kind = outcome::kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr auto sales =
    R"("sources":{"sales":{"format":"json","rows":[
        {"city":"Graz","day":"2026-01-01","amount":12.5,"late":false},
        {"city":"Linz","day":"2026-01-03","amount":30,"late":true},
        {"city":"Graz","day":"2026-01-03","amount":7.25,"late":null}]}})";

std::string with_sales(const std::string& section, const std::string& formats = R"(["html"])") {
    return R"({"title":"T","formats":)" + formats + "," + sales + R"(,"sections":[)" + section + "]}";
}

// The texts of the HTML's cells, tiles or SVG, or why there is none.
std::string html_of(const std::string& section) {
    return made_by(with_sales(section)).html;
}

TEST(report_generation, writes_both_files_and_says_so) {
    const auto made = made_by(with_sales(
        R"({"kind":"heading","text":"Overview"},{"kind":"text","text":"Words.\n\n- one\n- two"},
           {"kind":"table","title":"Orders","columns":["city",{"column":"amount","decimals":2,)"
        R"("format":"number","total":true}]},
           {"kind":"chart","chart":"bar","title":"By city","category":"city",)"
        R"("values":[{"column":"amount"}]})",
        R"(["pdf","html"])"
    ));
    ASSERT_EQ(made.done.how, kind::completed) << made.done.text;
    const auto result = bj::parse(made.done.text);
    EXPECT_EQ(result.at("rows"), 3);
    EXPECT_EQ(result.at("sections"), 4);
    EXPECT_EQ(result.at("pages"), 1);
    ASSERT_EQ(result.at("artifacts").as_array().size(), 2U);
    EXPECT_EQ(result.at("artifacts").at(0).at("name"), "report.pdf");
    EXPECT_EQ(result.at("artifacts").at(0).at("bytes"), made.pdf.size());
    EXPECT_EQ(result.at("artifacts").at(1).at("mediaType"), "text/html; charset=utf-8");
    EXPECT_THAT(made.pdf, ::testing::StartsWith("%PDF-1."));
    const auto text = text_of(made.pdf);
    for (const auto* each :
         {"Overview", "Words.", "• two", "Orders", "12.50", "49.75", "By city", "Page 1 of 1"}) {
        EXPECT_THAT(text, HasSubstr(each));
        if (std::string_view(each) != "• two" && std::string_view(each) != "Page 1 of 1")
            EXPECT_THAT(made.html, HasSubstr(each));
    }
}

TEST(report_generation, tables_repeat_their_head_and_number_their_pages) {
    std::string csv = "no,name\n";
    for (int i = 0; i < 300; ++i) csv += fmt::format("{},Name {}\n", i, i);
    const auto made = made_by(
        R"({"title":"Long","sources":{"f":{"source":{"fileId":1000}}},"sections":[{"kind":"table",)"
        R"("limit":250}]})",
        csv
    );
    ASSERT_EQ(made.done.how, kind::completed) << made.done.text;
    const auto pages = bj::parse(made.done.text).at("pages").as_int64();
    EXPECT_GT(pages, 3);
    const auto text = text_of(made.pdf);
    EXPECT_EQ(count_of(text, "name\n"), static_cast<std::size_t>(pages)) << "a head a page";
    EXPECT_THAT(text, HasSubstr(fmt::format("Page {} of {}", pages, pages)));
    EXPECT_THAT(text, HasSubstr("Name 249"));
    EXPECT_THAT(text, Not(HasSubstr("Name 250")));
    EXPECT_THAT(text, HasSubstr("The first 250 of 300 rows."));
}

TEST(report_generation, unicode_reads_back_and_what_no_font_has_is_counted) {
    const auto made =
        made_by(R"({"title":"Grüße Ж λ Việt Nam Ờ ṩ ї","author":"Łukasz","sections":[{"kind":"text",)"
                R"("text":"naïve → ½ €\n\n日本 😀"}]})");
    ASSERT_EQ(made.done.how, kind::completed) << made.done.text;
    const auto text = text_of(made.pdf);
    EXPECT_THAT(text, HasSubstr("Grüße Ж λ Việt Nam Ờ ṩ ї"));
    EXPECT_THAT(text, HasSubstr("naïve → ½ €"));
    EXPECT_EQ(bj::parse(made.done.text).at("charactersWithoutGlyph"), 3);
    EXPECT_THAT(made.lines, ElementsAre(HasSubstr("tasks.report_fallback_fonts")));
}

TEST(report_generation, a_missing_font_says_what_to_install_and_html_needs_none) {
    options settings;
    settings.fonts.folder = "/nowhere";
    const auto pdf = made_by(R"({"title":"T","sections":[{"kind":"text","text":"x"}]})", {}, settings);
    EXPECT_EQ(pdf.done.how, kind::failed);
    EXPECT_THAT(pdf.done.text, HasSubstr("/nowhere/DejaVuSans.ttf cannot be read"));
    EXPECT_THAT(pdf.done.text, HasSubstr("fonts-dejavu-core"));
    const auto html =
        made_by(R"({"title":"T","formats":["html"],"sections":[{"kind":"text","text":"x"}]})", {}, settings);
    EXPECT_EQ(html.done.how, kind::completed);
}

TEST(report_generation, html_escapes_whatever_comes_from_outside) {
    const std::string attack = R"(<img src=x onerror=alert(1)>\"'{{{title}}}{{#rows}}&lt;)";
    const std::string csv =
        "\"<script>x</script>\",v\n\"</td><script>alert(2)</script>\",1\n\"javascript:alert(3)\",2\n";
    const auto made = made_by(
        fmt::format(
            R"({{"title":"{0}","subtitle":"{0}","author":"{0}","formats":["html"],
               "sources":{{"f":{{"source":{{"fileId":1000}}}}}},"sections":[
               {{"kind":"heading","text":"{0}"}},{{"kind":"text","text":"{0}\n- {0}"}},
               {{"kind":"figures","title":"{0}","figures":[{{"title":"{0}"}}]}},
               {{"kind":"table","title":"{0}","note":"{0}"}},
               {{"kind":"chart","chart":"donut","title":"{0}","note":"{0}",)"
            R"("category":"<script>x</script>","values":[{{"column":"v"}}]}},
               {{"kind":"chart","chart":"line","category":"<script>x</script>",)"
            R"("values":[{{"column":"v","title":"{0}","unit":"<b>"}}],"valueTitle":"{0}",)"
            R"("categoryTitle":"{0}"}}]}})",
            attack
        ),
        csv
    );
    ASSERT_EQ(made.done.how, kind::completed) << made.done.text;
    for (const auto* each : {"<script", "<img", "<b>", "onerror=alert(1)>\"", "T</title>"}) {
        EXPECT_THAT(made.html, Not(HasSubstr(each)));
    }
    EXPECT_THAT(made.html, HasSubstr("{{{title}}}{{#rows}}&amp;lt;")) << "values are no templates";
    EXPECT_THAT(made.html, HasSubstr("&lt;/td&gt;&lt;script&gt;"));
    EXPECT_THAT(made.html, HasSubstr("default-src 'none'"));
    EXPECT_THAT(made.html, Not(HasSubstr("href"))) << "nothing is fetched";
    EXPECT_THAT(made.html, Not(HasSubstr("src=\"")));
}

TEST(report_generation, groups_and_measures) {
    const auto table = html_of(
        R"({"kind":"table","groupBy":[{"column":"city","title":"City"}],"aggregates":[
            {"title":"Orders"},{"column":"amount"},{"function":"avg","column":"amount","decimals":1,)"
        R"("title":"Mean"},
            {"function":"max","column":"day","title":"Last"},{"function":"p50","column":"amount",)"
        R"("title":"Median"},
            {"function":"share","where":[{"column":"late","operator":"eq","value":true}],"title":"Late"}],
            "sortBy":{"column":"Orders","direction":"desc"}})"
    );
    EXPECT_EQ(
        cells_of(table), "Graz|2|19.75|9.9|2026-01-03|7.25|0.0%|Linz|1|30.00|30.0|2026-01-03|30.00|100.0%|"
    );
    const auto days = html_of(
        R"({"kind":"table","groupBy":[{"column":"day","bucket":"month"}],"aggregates":[{"title":"n"}]})"
    );
    EXPECT_EQ(cells_of(days), "2026-01|3|");
}

TEST(report_generation, sorts_limits_picks_and_totals) {
    const auto table = html_of(
        R"({"kind":"table","columns":["city",{"column":"amount","title":"Euro","total":true}],
            "sortBy":{"column":"amount","direction":"desc"},"limit":2})"
    );
    EXPECT_EQ(cells_of(table), "Linz|30.00|Graz|12.50|Total|49.75|");
    EXPECT_THAT(table, HasSubstr("The first 2 of 3 rows. Totals are of all rows."));
    const auto none = html_of(
        R"({"kind":"table","columns":["city"],"where":[{"column":"amount","operator":"gt","value":100}]})"
    );
    EXPECT_EQ(cells_of(none), "");
    EXPECT_THAT(none, HasSubstr("There are no rows."));
}

TEST(report_generation, charts_fill_gaps_and_join_the_rest) {
    const auto line = html_of(R"({"kind":"chart","chart":"bar","category":{"column":"day","bucket":"day"},)"
                              R"("values":[{"title":"Orders"}]})");
    EXPECT_THAT(line, HasSubstr("<title>1 Jan: 1</title>"));
    EXPECT_THAT(line, HasSubstr("<title>2 Jan: 0</title>"));
    EXPECT_THAT(line, HasSubstr("<title>3 Jan: 2</title>"));
    std::string csv = "k,v\n";
    for (int i = 0; i < 30; ++i) csv += fmt::format("k{},{}\n", i, 100 - i);
    const auto pie = made_by(
        R"({"title":"T","formats":["html"],"sources":{"f":{"source":{"fileId":1000}}},"sections":[
            {"kind":"chart","chart":"pie","category":"k","values":[{"column":"v"}],"limit":5,)"
        R"("colors":{"k1":"#123456"}}]})",
        csv
    );
    EXPECT_THAT(pie.html, HasSubstr("Other (26): 2,171 (85%)"));
    EXPECT_THAT(pie.html, HasSubstr("fill=\"#123456\""));
    const auto split = html_of(R"({"kind":"chart","chart":"stackedBar","category":"day","splitBy":"city",)"
                               R"("values":[{"column":"amount"}]})");
    EXPECT_THAT(split, HasSubstr("2026-01-03, Linz: 30"));
}

TEST(report_generation, empty_data_is_no_error) {
    const auto empty = made_by(
        R"({"title":"T","formats":["pdf","html"],"sources":{"f":{"format":"json","rows":[]}},"sections":[
            {"kind":"figures","figures":[{"title":"n"},{"function":"avg","column":"x"}]},{"kind":"table"},
            {"kind":"table","groupBy":["a"],"aggregates":[{}]},
            {"kind":"chart","chart":"pie","category":"a","values":[{}]},
            {"kind":"chart","chart":"line","category":{"column":"a","bucket":"day"},"values":[{}]}]})"
    );
    ASSERT_EQ(empty.done.how, kind::completed) << empty.done.text;
    EXPECT_THAT(empty.html, HasSubstr("No data"));
    EXPECT_THAT(empty.html, HasSubstr("<dd>—</dd>"));
}

TEST(report_generation, what_only_the_data_tells_names_the_place) {
    const auto why = [](const std::string& section) { return made_by(with_sales(section)).done.text; };
    EXPECT_EQ(
        why(R"({"kind":"table","columns":["town"]})"),
        R"(section 1 (table): there is no column "town"; the columns are "city", "day", "amount", "late")"
    );
    EXPECT_EQ(
        why(R"({"kind":"text","text":"x"},{"kind":"chart","chart":"bar","category":"city",)"
            R"("values":[{"column":"day"}]})"),
        R"(section 2 (chart): source "sales", row 1: column "day": sum takes numbers, not text "2026-01-01")"
    );
    EXPECT_EQ(
        why(R"({"kind":"chart","chart":"bar","category":{"column":"city","bucket":"day"},"values":[{}]})"),
        R"(section 1 (chart): source "sales", row 1: column "city": must be an RFC 3339 instant or )"
        R"(a date, not text "Graz")"
    );
    const auto below =
        made_by(R"({"title":"T","sources":{"f":{"format":"csv","csv":"k,v\na,-1\n"}},)"
                R"("sections":[{"kind":"chart","chart":"pie","category":"k","values":[{"column":"v"}]}]})");
    EXPECT_EQ(below.done.how, kind::rejected);
    EXPECT_EQ(below.done.text, R"(section 1 (chart): a pie has no place for values below zero: "a" has -1)");
    const auto poison = made_by(
        R"({"title":"T","sources":{"f":{"source":{"fileId":1000}}},"sections":[{"kind":"table"}]})",
        "a,b\n1,2\n3\n"
    );
    EXPECT_EQ(poison.done.how, kind::rejected);
    EXPECT_THAT(poison.done.text, HasSubstr("source \"f\": "));
    EXPECT_THAT(poison.done.text, HasSubstr("line 3"));
    const auto gone =
        made_by(R"({"title":"T","sources":{"f":{"source":{"fileId":1999}}},"sections":[{"kind":"table"}]})");
    EXPECT_THAT(gone.done.text, HasSubstr("source \"f\": "));
}

TEST(report_generation, limits_are_told_with_what_to_do) {
    options settings;
    settings.pages_max = 2;
    settings.html_max_bytes = 20'000;
    std::string csv = "v\n";
    for (int i = 0; i < 999; ++i) csv += fmt::format("{}\n", i);
    const std::string section =
        R"("sources":{"f":{"source":{"fileId":1000}}},"sections":[{"kind":"table"}]})";
    const auto pdf = made_by(R"({"title":"T",)" + section, csv, settings);
    EXPECT_EQ(pdf.done.how, kind::rejected);
    EXPECT_EQ(pdf.done.text, "the PDF has more than 2 pages at section 1: show fewer rows, or make it HTML");
    const auto html = made_by(R"({"title":"T","formats":["html"],)" + section, csv, settings);
    EXPECT_EQ(html.done.text, "the HTML has more than 20000 bytes at section 1: show fewer rows");
    csv = "k\n";
    for (int i = 0; i < 10'001; ++i) csv += fmt::format("k{}\n", i);
    const auto groups = made_by(
        R"({"title":"T","sources":{"f":{"source":{"fileId":1000}}},"sections":[{"kind":"table",)"
        R"("groupBy":["k"],"aggregates":[{}]}]})",
        csv
    );
    EXPECT_EQ(
        groups.done.text,
        "section 1 (table): source \"f\", row 10001: the table has more than 10000 groups: group by other "
        "columns"
    );
}

TEST(report_generation, gives_way) {
    run_control cancelled(nullptr, run_control::clock::now() + std::chrono::minutes(5));
    cancelled.cancel();
    test_work current(with_sales(R"({"kind":"table"})"), cancelled);
    EXPECT_EQ(make_handler({})->run(current).how, kind::stopped);
    EXPECT_THAT(current.kept, IsEmpty());
}

}  // namespace
}  // namespace esm::tasks::report_generation
