// The hand-written JSON of a task, read back by a real parser.
#include "services/tasks/task_json.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace esm::tasks {
namespace {

namespace bj = boost::json;

task example() {
    task shown;
    shown.id = 1000;
    shown.user_id = 1001;
    shown.type = "data_processing";
    shown.parameters = R"({"format":"csv"})";
    shown.tags = {"monthly", "größe\t\x01"};
    shown.created_at = 1'741'944'413'589'793;
    shown.run_at = shown.created_at;
    return shown;
}

bj::object parsed(const task& shown, std::size_t result_max_bytes = whole_result) {
    std::string text;
    append_task(text, shown, result_max_bytes);
    return bj::parse(text).as_object();
}

TEST(task_json, a_new_task) {
    const auto object = parsed(example());
    EXPECT_EQ(object.at("taskId"), 1000);
    EXPECT_EQ(object.at("status"), "pending");
    EXPECT_EQ(object.at("priority"), "medium");
    EXPECT_EQ(object.at("parameters").at("format"), "csv");
    EXPECT_TRUE(object.at("result").is_null());
    EXPECT_TRUE(object.at("startedAt").is_null());
    EXPECT_TRUE(object.at("processingTime").is_null());
    EXPECT_EQ(object.at("createdAt"), "2025-03-14T09:26:53.589793Z");
    EXPECT_EQ(object.at("tags").as_array().at(1), "größe\t\x01");
    EXPECT_EQ(object.at("cancelRequested"), false);
    EXPECT_FALSE(object.contains("resultTruncated"));
}

TEST(task_json, an_ended_task) {
    auto shown = example();
    shown.status = task_status::completed;
    shown.started_at = shown.created_at;
    shown.completed_at = shown.created_at + 5167;
    shown.result = R"({"rows":[1,2]})";
    shown.error_message = "said \"no\"\n";
    const auto object = parsed(shown);
    EXPECT_DOUBLE_EQ(object.at("processingTime").as_double(), 0.005167);
    EXPECT_EQ(object.at("result").at("rows").as_array().size(), 2U);
    EXPECT_EQ(object.at("errorMessage"), "said \"no\"\n");
}

TEST(task_json, a_large_result_is_left_out_where_it_may_not_travel) {
    auto shown = example();
    shown.result = "\"" + std::string(100, 'x') + "\"";
    EXPECT_TRUE(parsed(shown).at("result").is_string());
    const auto object = parsed(shown, 50);
    EXPECT_TRUE(object.at("result").is_null());
    EXPECT_EQ(object.at("resultTruncated"), true);
    shown.result.reset();
    shown.result_omitted = true;
    EXPECT_EQ(parsed(shown).at("resultTruncated"), true);
}

TEST(task_json, body_and_tags) {
    EXPECT_EQ(bj::parse(task_body(example())).at("task").at("taskId"), 1000);
    EXPECT_EQ(tags_text({}), "[]");
    EXPECT_EQ(tags_text({"a", "b\"c"}), R"(["a","b\"c"])");
}

}  // namespace
}  // namespace esm::tasks
