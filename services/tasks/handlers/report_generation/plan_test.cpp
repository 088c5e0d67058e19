// The parameters of report_generation, wrong in every way, each under its pointer; and the ready-made report.
#include <gmock/gmock.h>

#include "services/tasks/handlers/report_generation/report_fixture.hpp"

namespace esm::tasks::report_generation {
namespace {

using strings = std::vector<std::string>;
using ::testing::HasSubstr;

// "pointer code" of every problem.
strings problems(const std::string& parameters) {
    strings found;
    for (const auto& each : make_handler(with_fonts())->check(bj::parse(parameters).as_object())) {
        found.push_back(each.pointer + " " + each.code);
    }
    return found;
}

strings section_problems(const std::string& section) {
    return problems(
        R"({"title":"T","sources":{"a":{"format":"csv","csv":"x"},"b":{"records":"tasks"}},"sections":[)" +
        section + "]}"
    );
}

TEST(report_plan, takes_the_examples_of_the_contract) {
    const auto handler = make_handler(with_fonts());
    const auto schema = bj::parse(handler->parameters_schema());
    for (const auto& each : schema.at("examples").as_array()) {
        EXPECT_TRUE(handler->check(each.as_object()).empty()) << bj::serialize(each);
    }
}

TEST(report_plan, names_the_field) {
    EXPECT_EQ(problems("{}"), (strings{"/title required", "/sections required"}));
    EXPECT_EQ(
        problems(R"({"title":"","sections":[],"more":1,"formats":["pdf","doc"],"numbers":"1"})"),
        (strings{
            "/more unknown_field",
            "/formats/1 not_allowed",
            "/title length",
            "/numbers not_allowed",
            "/sections item_count"
        })
    );
    EXPECT_EQ(
        problems(
            R"({"title":"T","page":{"size":"A5","rotated":true},"sections":[{"kind":"text","text":"x"}]})"
        ),
        (strings{"/page/rotated unknown_field", "/page/size not_allowed"})
    );
    EXPECT_EQ(
        problems(R"({"title":"T","sections":[{"kind":"table"}]})"),
        (strings{"/sections/0/source required", "/sources required"})
    );
    EXPECT_EQ(
        problems(R"({"title":"T","sources":{"a/b":{"records":"all"},"c":1,"d":{}},)"
                 R"("sections":[{"kind":"pageBreak"}]})"),
        (strings{
            "/sources/a~1b/records not_allowed",
            "/sources/c wrong_type",
            "/sources/d/format required",
            "/sources/d/rows required"
        })
    );
}

TEST(report_plan, names_the_field_of_a_section) {
    EXPECT_EQ(section_problems("1"), (strings{"/sections/0 wrong_type"}));
    EXPECT_EQ(section_problems(R"({"kind":"map"})"), (strings{"/sections/0/kind not_allowed"}));
    EXPECT_EQ(
        section_problems(R"({"kind":"heading","text":"x","level":4})"),
        (strings{"/sections/0/level out_of_range"})
    );
    EXPECT_EQ(section_problems(R"({"kind":"table"})"), (strings{"/sections/0/source required"}));
    EXPECT_EQ(
        section_problems(R"({"kind":"table","source":"z"})"), (strings{"/sections/0/source not_allowed"})
    );
    EXPECT_EQ(
        section_problems(
            R"({"kind":"table","source":"a","columns":["x",{"column":"y","align":"up","total":1,)"
            R"("width":0},2]})"
        ),
        (strings{
            "/sections/0/columns/1/align not_allowed",
            "/sections/0/columns/1/width out_of_range",
            "/sections/0/columns/1/total wrong_type",
            "/sections/0/columns/2 wrong_type"
        })
    );
    EXPECT_EQ(
        section_problems(R"({"kind":"table","source":"a","groupBy":["x"],"limit":100001})"),
        (strings{"/sections/0/aggregates required", "/sections/0/limit out_of_range"})
    );
    EXPECT_EQ(
        section_problems(R"({"kind":"table","source":"a","sortBy":{"column":"x"},"limit":10001})"),
        (strings{"/sections/0/limit out_of_range"})
    );
    EXPECT_EQ(
        section_problems(
            R"({"kind":"figures","source":"a","figures":[{"function":"avg"},{"function":"share"},)"
            R"({"decimals":7}]})"
        ),
        (strings{
            "/sections/0/figures/0/column required",
            "/sections/0/figures/1/where required",
            "/sections/0/figures/2/decimals out_of_range"
        })
    );
}

TEST(report_plan, names_the_field_of_a_chart) {
    EXPECT_EQ(
        section_problems(R"({"kind":"chart"})"),
        (strings{
            "/sections/0/chart required",
            "/sections/0/source required",
            "/sections/0/category required",
            "/sections/0/values required"
        })
    );
    EXPECT_EQ(
        section_problems(
            R"({"kind":"chart","chart":"pie","source":"a","category":{"column":"x","bucket":"year"},)"
            R"("values":[{},{}],
                "splitBy":"y","limit":13,"colors":{"a/b":"red"}})"
        ),
        (strings{
            "/sections/0/category/bucket not_allowed",
            "/sections/0/splitBy not_allowed",
            "/sections/0/values item_count",
            "/sections/0/limit out_of_range",
            "/sections/0/colors/a~1b pattern"
        })
    );
    EXPECT_EQ(
        section_problems(R"({"kind":"chart","chart":"bar","source":"a","category":"x",)"
                         R"("values":[{"where":[{"column":"c","operator":"like","value":[]}]}]})")
            .front(),
        "/sections/0/values/0/where/0/operator not_allowed"
    );
}

TEST(report_plan, a_ready_made_report_has_a_period) {
    EXPECT_TRUE(problems(R"({"report":"task_history"})").empty());
    EXPECT_TRUE(problems(R"({"report":"task_history","period":{"from":"2026-01-01T00:00:00Z",)"
                         R"("to":"2026-02-01T00:00:00Z"}})")
                    .empty());
    EXPECT_EQ(
        problems(R"({"report":"all","sections":[]})"),
        (strings{"/sections unknown_field", "/report not_allowed"})
    );
    EXPECT_EQ(problems(R"({"report":"task_history","period":{}})"), (strings{"/period/from required"}));
    EXPECT_EQ(
        problems(R"({"report":"task_history","period":{"lastDays":0,"from":"x"}})"),
        (strings{"/period/lastDays out_of_range", "/period/from not_allowed"})
    );
    EXPECT_EQ(
        problems(R"({"report":"task_history","period":{"from":"yesterday"}})"),
        (strings{"/period/from format"})
    );
    EXPECT_EQ(
        problems(R"({"report":"task_history","period":{"from":"2026-02-01T00:00:00Z",)"
                 R"("to":"2026-01-01T00:00:00Z"}})"),
        (strings{"/period/from out_of_range"})
    );
    EXPECT_EQ(
        problems(R"({"report":"task_history","period":{"from":"2001-02-01T00:00:00Z"}})"),
        (strings{"/period/from out_of_range"})
    );
}

std::string task_line(
    std::string_view type,
    std::string_view status,
    std::string_view created,
    std::string_view error,
    double took
) {
    return fmt::format(
        R"({{"taskReference":"TASK2026010200000001","taskType":"{}","status":"{}","attempt":1,)"
        R"("parameters":{{"a":[1]}},)"
        R"("result":{{"large":"{}"}},"errorMessage":{},"createdAt":"{}","completedAt":"{}",)"
        R"("processingTime":{}}})"
        "\n",
        type,
        status,
        std::string(100'000, 'r'),
        error,
        created,
        created,
        took
    );
}

TEST(report_task_history, shows_the_tasks_of_the_period) {
    test_work current(R"({"report":"task_history","formats":["pdf","html"],)"
                      R"("period":{"from":"2026-01-01T00:00:00Z","to":"2026-01-11T00:00:00Z"}})");
    current.give_records(
        own_records::tasks,
        task_line("early", "completed", "2025-12-31T23:59:59.999999Z", "null", 1) +
            task_line("export", "completed", "2026-01-01T00:00:00.000000Z", "null", 0.5) +
            task_line("export", "completed", "2026-01-02T10:00:00.000000Z", "null", 2) +
            task_line("import", "failed", "2026-01-05T10:00:00.000000Z", R"("row 7 is <broken>")", 90) +
            task_line("late", "completed", "2026-01-11T00:00:00.000000Z", "null", 1)
    );
    const auto done = make_handler(with_fonts())->run(current);
    ASSERT_EQ(done.how, outcome::kind::completed) << done.text;
    const auto html = current.content("report.html");
    for (const auto* each :
         {"<h1>Task history</h1>",
          "Tasks created from 2026-01-01 00:00 to 2026-01-11 00:00 UTC",
          "<dd>3</dd>",
          "<dd>66.7%</dd>",
          "Tasks created per day, by status",
          "row 7 is &lt;broken&gt;",
          "1\u00a0m 30\u00a0s",
          "<title>5 Jan, failed: 1</title>",
          "10 Jan"}) {
        EXPECT_THAT(html, HasSubstr(each));
    }
    EXPECT_THAT(html, ::testing::Not(HasSubstr("early")));
    EXPECT_THAT(html, ::testing::Not(HasSubstr(">late<")));
    const auto text = text_of(current.content("report.pdf"));
    EXPECT_THAT(text, HasSubstr("Latest failures"));
    EXPECT_THAT(text, HasSubstr("row 7 is <broken>"));
    EXPECT_THAT(text, HasSubstr("p95"));
}

TEST(report_task_history, no_tasks_are_a_report_too) {
    test_work current(R"({"report":"task_history","title":"Mine"})");
    current.give_records(own_records::tasks, "");
    const auto done = make_handler(with_fonts())->run(current);
    ASSERT_EQ(done.how, outcome::kind::completed) << done.text;
    EXPECT_THAT(text_of(current.content("report.pdf")), HasSubstr("There are no rows."));
}

// An attempt whose records cannot be had at the moment.
class away final : public work {
public:
    using work::work;
    std::int64_t task_id() const override { return 1000; }
    std::int64_t user_id() const override { return 1001; }
    std::string_view parameters() const override { return R"({"report":"task_history"})"; }
    result<local_file> input(const file_reference&) override { return fail(errc::not_found); }
    result<local_file> records(own_records) override { return fail(errc::unavailable, "nobody answers"); }
    const std::filesystem::path& scratch() override { return folder_; }
    void keep(artifact) override {}
    void log(log_severity, std::string) override {}

private:
    const std::filesystem::path folder_ = std::filesystem::temp_directory_path();
};

TEST(report_task_history, waits_for_a_service_that_is_away) {
    away current(test_work::calm());
    const auto done = make_handler(with_fonts())->run(current);
    EXPECT_EQ(done.how, outcome::kind::failed) << "worth another attempt";
    EXPECT_EQ(done.text, "nobody answers");
}

}  // namespace
}  // namespace esm::tasks::report_generation
