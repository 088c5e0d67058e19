// The data_processing type from its parameters to its result, and every way they can be wrong.
#include "services/tasks/handlers/data_processing/data_processing.hpp"

#include <gtest/gtest.h>

#include "services/tasks/handlers/test_work.hpp"

namespace esm::tasks::data_processing {
namespace {

namespace bj = boost::json;
using kind = outcome::kind;

outcome run(const std::string& parameters, run_control& control = test_work::calm()) {
    test_work current(parameters, control);
    return make_handler({})->run(current);
}

// The rows of the result as JSON text, or why not.
std::string rows_of(const std::string& rows, const std::string& steps) {
    const auto done = run(R"({"format":"json","rows":)" + rows + R"(,"steps":)" + steps + "}");
    if (done.how != kind::completed) return done.text;
    return bj::serialize(bj::parse(done.text).at("rows"));
}

// "pointer code" of every problem.
std::vector<std::string> problems(const std::string& parameters) {
    std::vector<std::string> found;
    for (const auto& each : make_handler({})->check(bj::parse(parameters).as_object())) {
        found.push_back(each.pointer + " " + each.code);
    }
    return found;
}

std::vector<std::string> step_problems(const std::string& step) {
    return problems(R"({"format":"csv","csv":"a","steps":[)" + step + "]}");
}

constexpr auto cities =
    R"([{"city":"Graz","amount":12.5},{"city":"Linz","amount":30},{"city":"Graz","amount":7.5}])";

TEST(data_processing, the_contracts_example) {
    const auto done = run(std::string(R"({"format":"json","rows":)") + cities + R"(,"steps":[
        {"op":"filter","column":"amount","operator":"gt","value":5},
        {"op":"group","by":["city"],"aggregates":[{"column":"amount","function":"sum","as":"total"}]},
        {"op":"sort","by":[{"column":"total","direction":"desc"}]}]})");
    EXPECT_EQ(done.how, kind::completed);
    EXPECT_EQ(
        done.text,
        R"({"rows":[{"city":"Linz","total":30},{"city":"Graz","total":20}],"rowCount":2,"inputRows":3})"
    );
}

TEST(data_processing, csv_input_without_steps_is_the_input) {
    const auto done = run(R"({"format":"csv","csv":"city,amount\nGraz,12.5\nLinz,\n"})");
    EXPECT_EQ(
        done.text,
        R"({"rows":[{"city":"Graz","amount":12.5},{"city":"Linz","amount":null}],"rowCount":2,"inputRows":2})"
    );
}

TEST(data_processing, rows_may_lack_columns) {
    EXPECT_EQ(
        rows_of(R"([{"a":1},{"b":"x"},{}])", "[]"),
        R"([{"a":1,"b":null},{"a":null,"b":"x"},{"a":null,"b":null}])"
    );
    EXPECT_EQ(rows_of("[]", R"([{"op":"filter","column":"x","operator":"eq","value":1}])"), "[]");
    EXPECT_EQ(rows_of("[{},{}]", R"([{"op":"limit","count":1}])"), "[{}]");
}

TEST(data_processing, filters) {
    const auto kept = [](const std::string& how, const std::string& value) {
        return rows_of(
            R"([{"v":1},{"v":2.5},{"v":"b"},{"v":"abc"},{"v":true},{"v":null}])",
            R"([{"op":"filter","column":"v","operator":")" + how + R"(","value":)" + value + "}]"
        );
    };
    EXPECT_EQ(kept("eq", "1.0"), R"([{"v":1}])");
    EXPECT_EQ(kept("eq", "null"), R"([{"v":null}])");
    EXPECT_EQ(kept("eq", "true"), R"([{"v":true}])");
    EXPECT_EQ(kept("ne", "null"), R"([{"v":1},{"v":2.5E0},{"v":"b"},{"v":"abc"},{"v":true}])");
    EXPECT_EQ(kept("lt", "2.5"), R"([{"v":1}])");
    EXPECT_EQ(kept("le", "2.5"), R"([{"v":1},{"v":2.5E0}])");
    EXPECT_EQ(kept("gt", R"("aa")"), R"([{"v":"b"},{"v":"abc"}])");
    EXPECT_EQ(kept("ge", "2"), R"([{"v":2.5E0}])") << "text and number are in no order";
    EXPECT_EQ(kept("gt", "null"), "[]");
    EXPECT_EQ(kept("contains", R"("b")"), R"([{"v":"b"},{"v":"abc"}])");
    EXPECT_EQ(kept("in", R"([1,"abc",null])"), R"([{"v":1},{"v":"abc"},{"v":null}])");
    EXPECT_EQ(kept("in", "[]"), "[]");
}

TEST(data_processing, large_whole_numbers_stay_exact) {
    constexpr auto rows = R"([{"v":9007199254740993},{"v":9007199254740992}])";
    EXPECT_EQ(
        rows_of(rows, R"([{"op":"filter","column":"v","operator":"eq","value":9007199254740993}])"),
        R"([{"v":9007199254740993}])"
    );
    EXPECT_EQ(
        rows_of(rows, R"([{"op":"group","by":["v"],"aggregates":[{"function":"count"}]}])"),
        R"([{"v":9007199254740993,"count":1},{"v":9007199254740992,"count":1}])"
    );
    EXPECT_EQ(
        rows_of(
            R"([{"v":9223372036854775807},{"v":1}])",
            R"([{"op":"group","by":[],"aggregates":[{"function":"sum","column":"v"}]}])"
        ),
        R"([{"sum_v":9.223372036854776E18}])"
    );
}

TEST(data_processing, groups) {
    EXPECT_EQ(
        rows_of(cities, R"([{"op":"group","by":["city"],"aggregates":[
        {"function":"count"},{"function":"avg","column":"amount"},{"function":"min","column":"amount"},
        {"function":"max","column":"amount","as":"most"}]}])"),
        R"([{"city":"Graz","count":2,"avg_amount":10,"min_amount":7.5E0,"most":1.25E1},)"
        R"({"city":"Linz","count":1,"avg_amount":30,"min_amount":30,"most":30}])"
    );
    EXPECT_EQ(
        rows_of(
            R"([{"k":1,"v":null},{"k":1.0,"v":"x"},{"k":"1","v":null}])",
            R"([{"op":"group","by":["k"],"aggregates":[{"function":"count","column":"v"},
                          {"function":"max","column":"v"}]}])"
        ),
        R"([{"k":1,"count_v":1,"max_v":"x"},{"k":"1","count_v":0,"max_v":null}])"
    );
    EXPECT_EQ(
        rows_of(R"([{"v":null}])", R"([{"op":"group","by":[],"aggregates":[{"function":"sum","column":"v"},
                          {"function":"avg","column":"v"}]}])"),
        R"([{"sum_v":0,"avg_v":null}])"
    );
}

TEST(data_processing, group_keys_do_not_run_together) {
    EXPECT_EQ(
        rows_of(
            R"([{"a":"x","b":"yz"},{"a":"xy","b":"z"},{"a":null,"b":"t1:"},)"
            R"({"a":-0.0,"b":""},{"a":0,"b":""}])",
            R"([{"op":"group","by":["a","b"],"aggregates":[{"function":"count"}]},
                          {"op":"select","columns":["count"]}])"
        ),
        R"([{"count":1},{"count":1},{"count":1},{"count":2}])"
    );
}

TEST(data_processing, sorts_by_type_then_value_and_keeps_order_of_equals) {
    EXPECT_EQ(
        rows_of(
            R"([{"v":"b"},{"v":2},{"v":null},{"v":"B"},{"v":1.5},{"v":true},{"v":false},{"v":"é"}])",
            R"([{"op":"sort","by":[{"column":"v"}]}])"
        ),
        R"([{"v":null},{"v":false},{"v":true},{"v":1.5E0},{"v":2},{"v":"B"},{"v":"b"},{"v":"é"}])"
    );
    EXPECT_EQ(
        rows_of(
            R"([{"k":1,"n":1},{"k":2,"n":2},{"k":1,"n":3},{"k":2,"n":4}])",
            R"([{"op":"sort","by":[{"column":"k","direction":"desc"}]},{"op":"select","columns":["n"]}])"
        ),
        R"([{"n":2},{"n":4},{"n":1},{"n":3}])"
    );
    EXPECT_EQ(
        rows_of(
            R"([{"k":1,"n":1},{"k":2,"n":2},{"k":1,"n":3}])",
            R"([{"op":"sort","by":[{"column":"k"},{"column":"n","direction":"desc"}]}])"
        ),
        R"([{"k":1,"n":3},{"k":1,"n":1},{"k":2,"n":2}])"
    );
}

TEST(data_processing, limit_and_select) {
    EXPECT_EQ(
        rows_of(cities, R"([{"op":"limit","count":1},{"op":"select","columns":["amount","city"]}])"),
        R"([{"amount":1.25E1,"city":"Graz"}])"
    );
    EXPECT_EQ(rows_of(cities, R"([{"op":"limit","count":0}])"), "[]");
    EXPECT_EQ(
        rows_of(
            cities,
            R"([{"op":"limit","count":99},{"op":"select","columns":["city"]},{"op":"limit","count":1}])"
        ),
        R"([{"city":"Graz"}])"
    );
}

TEST(data_processing, what_only_the_data_tells_fails_with_a_message) {
    EXPECT_EQ(
        rows_of(
            cities, R"([{"op":"limit","count":9},{"op":"filter","column":"town","operator":"eq","value":1}])"
        ),
        R"(step 2 (filter): there is no column "town"; the columns are "city", "amount")"
    );
    EXPECT_EQ(
        rows_of(
            cities, R"([{"op":"group","by":["city"],"aggregates":[{"function":"sum","column":"city"}]}])"
        ),
        R"(step 1 (group): row 1, column "city": sum takes numbers, not text "Graz")"
    );
    EXPECT_EQ(
        rows_of(
            R"([{"v":1},{"v":"x"}])",
            R"([{"op":"group","by":[],"aggregates":[{"function":"max","column":"v"}]}])"
        ),
        R"(step 1 (group): row 2, column "v": max takes numbers or texts, not both: text "x" after number 1)"
    );
    EXPECT_EQ(
        rows_of(
            R"([{"v":true}])", R"([{"op":"group","by":[],"aggregates":[{"function":"min","column":"v"}]}])"
        ),
        R"(step 1 (group): row 1, column "v": min takes numbers or texts, not true)"
    );
    EXPECT_EQ(
        rows_of(
            R"([{"v":1e308},{"v":1e308}])",
            R"([{"op":"group","by":[],"aggregates":[{"function":"sum","column":"v"}]}])"
        ),
        R"(step 1 (group): column "v": the sum is too large for a number)"
    );
    EXPECT_EQ(
        rows_of("[{}]", R"([{"op":"sort","by":[{"column":"v"}]}])"),
        R"(step 1 (sort): there is no column "v": the rows are empty)"
    );
    const auto bad_csv = run(R"({"format":"csv","csv":"a,b\n1\n"})");
    EXPECT_EQ(bad_csv.how, kind::rejected);
    EXPECT_EQ(bad_csv.text, "csv line 2: row 1 has 1 cells, the header has 2");
}

TEST(data_processing, a_result_too_large_becomes_an_artifact) {
    test_work current(R"({"format":"json","rows":[{"a":"0123456789"},{"a":"0123456789"},{"a":"x"}]})");
    data::limits small;
    small.result_bytes = 40;
    const auto done = make_handler(small)->run(current);
    ASSERT_EQ(done.how, kind::completed) << done.text;
    const auto result = bj::parse(done.text);
    EXPECT_EQ(bj::serialize(result.at("rows")), R"([{"a":"0123456789"},{"a":"0123456789"}])");
    EXPECT_EQ(result.at("rowCount"), 3);
    EXPECT_EQ(result.at("artifact"), "rows.ndjson");
    EXPECT_EQ(
        current.content("rows.ndjson"), "{\"a\":\"0123456789\"}\n{\"a\":\"0123456789\"}\n{\"a\":\"x\"}\n"
    );
    EXPECT_EQ(result.at("bytes"), static_cast<std::int64_t>(current.content("rows.ndjson").size()));
}

TEST(data_processing, sparse_rows_are_bounded) {
    std::string many = R"({"format":"json","rows":[)";
    for (int i = 0; i < 300; ++i) many += fmt::format(R"({}{{"c{}":1}})", i == 0 ? "" : ",", i);
    EXPECT_EQ(run(many + "]}").text, "row 257: the rows together have more than 256 columns");
    std::string wide = R"({"format":"json","rows":[{)";
    for (int i = 0; i < 255; ++i) wide += fmt::format(R"("c{}":1,)", i);
    wide += R"("z":1})";
    for (int i = 0; i < 5000; ++i) wide += R"(,{"z":1})";
    EXPECT_EQ(run(wide + "]}").text, "row 3907: more than 1000000 cells");
}

TEST(data_processing, gives_way) {
    run_control late(nullptr, run_control::clock::now() - std::chrono::seconds(1));
    EXPECT_EQ(run(std::string(R"({"format":"json","rows":)") + cities + "}", late).how, kind::stopped);
    run_control cancelled(nullptr, run_control::clock::now() + std::chrono::minutes(5));
    cancelled.cancel();
    EXPECT_EQ(
        run(R"({"format":"csv","csv":"a\n1\n","steps":[{"op":"sort","by":[{"column":"a"}]}]})", cancelled)
            .how,
        kind::stopped
    );
}

TEST(data_processing, reports_progress_by_the_bytes_read) {
    run_control control(nullptr, run_control::clock::now() + std::chrono::minutes(5));
    test_work current(R"({"source":{"fileId":1000},"steps":[{"op":"limit","count":1}]})", control);
    current.give_file(1000, "a.csv", "text/csv", "a\n1\n");
    EXPECT_EQ(make_handler({})->run(current).how, kind::completed);
    EXPECT_EQ(control.progress(), 90);
}

TEST(data_processing_check, takes_what_the_schema_takes) {
    EXPECT_TRUE(problems(R"({"format":"json","rows":[{"a":1,"b":null,"c":"x","d":true}]})").empty());
    EXPECT_TRUE(problems(R"({"format":"csv","csv":"a\n1","steps":[
        {"op":"filter","column":"a","operator":"in","value":[1,null]},
        {"op":"group","by":[],"aggregates":[{"function":"count"},{"function":"count","column":"a"}]},
        {"op":"sort","by":[{"column":"count"}]},{"op":"limit","count":1000000},
        {"op":"select","columns":["count"]}]})")
                    .empty());
}

TEST(data_processing_check, names_the_field) {
    using strings = std::vector<std::string>;
    EXPECT_EQ(problems("{}"), (strings{"/format required", "/rows required"}));
    EXPECT_EQ(problems(R"({"format":"xml","rows":[]})"), (strings{"/format not_allowed"}));
    EXPECT_EQ(problems(R"({"format":"json","rows":[],"csv":"a"})"), (strings{"/csv not_allowed"}));
    EXPECT_EQ(problems(R"({"format":"csv","csv":""})"), (strings{"/csv wrong_type"}));
    EXPECT_EQ(problems(R"({"format":"json","rows":[],"extra":1})"), (strings{"/extra unknown_field"}));
    EXPECT_EQ(problems(R"({"format":"json","rows":{}})"), (strings{"/rows wrong_type"}));
    EXPECT_EQ(
        problems(R"({"format":"json","rows":[1,{"a":{}},{"b/c":[]}]})"),
        (strings{"/rows/0 wrong_type", "/rows/1/a wrong_type", "/rows/2/b~1c wrong_type"})
    );
    EXPECT_EQ(problems(R"({"format":"csv","csv":"a","steps":{}})"), (strings{"/steps wrong_type"}));
    EXPECT_EQ(step_problems("1"), (strings{"/steps/0 wrong_type"}));
    EXPECT_EQ(step_problems(R"({"op":"drop"})"), (strings{"/steps/0/op not_allowed"}));
    EXPECT_EQ(step_problems("{}"), (strings{"/steps/0/op required"}));
}

TEST(data_processing_check, names_the_field_of_a_step) {
    using strings = std::vector<std::string>;
    EXPECT_EQ(
        step_problems(R"({"op":"filter"})"),
        (strings{"/steps/0/column required", "/steps/0/operator required", "/steps/0/value required"})
    );
    EXPECT_EQ(
        step_problems(R"({"op":"filter","column":"","operator":"like","value":[]})"),
        (strings{"/steps/0/column length", "/steps/0/operator not_allowed", "/steps/0/value wrong_type"})
    );
    EXPECT_EQ(
        step_problems(R"({"op":"filter","column":"a","operator":"contains","value":1})"),
        (strings{"/steps/0/value wrong_type"})
    );
    EXPECT_EQ(
        step_problems(R"({"op":"filter","column":"a","operator":"in","value":[1,[]]})"),
        (strings{"/steps/0/value/1 wrong_type"})
    );
    EXPECT_EQ(
        step_problems(R"({"op":"group","by":["a","a"],"aggregates":[]})"),
        (strings{"/steps/0/by/1 duplicate", "/steps/0/aggregates item_count"})
    );
    EXPECT_EQ(
        step_problems(
            R"({"op":"group","by":["n"],"aggregates":[{"function":"sum"},{"function":"count","as":"n"}]})"
        ),
        (strings{"/steps/0/aggregates/0/column required", "/steps/0/aggregates/1/as duplicate"})
    );
    EXPECT_EQ(
        step_problems(R"({"op":"sort","by":[{"column":"a","direction":"up"}]})"),
        (strings{"/steps/0/by/0/direction not_allowed"})
    );
    EXPECT_EQ(step_problems(R"({"op":"limit","count":-1})"), (strings{"/steps/0/count out_of_range"}));
    EXPECT_EQ(
        step_problems(R"({"op":"limit","count":1.5,"more":1})"),
        (strings{"/steps/0/more unknown_field", "/steps/0/count out_of_range"})
    );
    EXPECT_EQ(step_problems(R"({"op":"select","columns":[]})"), (strings{"/steps/0/columns item_count"}));
    EXPECT_EQ(
        step_problems(R"({"op":"select","columns":["a",1]})"), (strings{"/steps/0/columns/1 wrong_type"})
    );
}

}  // namespace
}  // namespace esm::tasks::data_processing
