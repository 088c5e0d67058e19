// What image_processing takes and refuses when a task is created, by JSON pointer and code.
#include "services/tasks/handlers/image_processing/plan.hpp"

#include <gtest/gtest.h>

namespace esm::tasks::image_processing {
namespace {

namespace bj = boost::json;
using found = std::vector<std::string>;

found problems(const std::string& parameters) {
    std::vector<field_error> errors;
    read_plan(bj::parse(parameters).as_object(), errors);
    found texts;
    for (const auto& each : errors) texts.push_back(each.pointer + " " + each.code);
    return texts;
}
found output_problems(const std::string& members) {
    return problems(R"({"source":{"fileId":1000},"outputs":[{"name":"a")" + members + "}]}");
}
found step_problems(const std::string& step) {
    return output_problems(R"(,"steps":[)" + step + "]");
}

TEST(image_plan, takes_what_the_schema_takes) {
    EXPECT_EQ(output_problems(""), found{});
    EXPECT_EQ(
        output_problems(
            R"(,"format":"webp","quality":1,"lossless":false,"background":"#a0B1c2","metadata":"keep",
            "animated":false,"steps":[{"op":"thumbnail","width":1,"height":65535,"crop":"entropy"},
            {"op":"resize","height":9},{"op":"resize","width":9,"height":9,"mode":"exact","enlarge":true},
            {"op":"crop","width":9,"height":9,"position":"attention"},
            {"op":"crop","width":9,"height":9,"left":0,"top":0},
            {"op":"rotate","angle":-0.5},{"op":"flip","direction":"vertical"}])"
        ),
        found{}
    );
    EXPECT_EQ(
        problems(R"({"source":{"taskId":1000,"artifact":"a b"},"autorotate":false,"outputs":[{"name":"a"}]})"
        ),
        found{}
    );
}

TEST(image_plan, reads_what_is_asked) {
    std::vector<field_error> errors;
    const auto read = read_plan(
        bj::parse(R"({"source":{"taskId":1001,"artifact":"x"},"outputs":[{"name":"a","background":"#0a0bff",
            "steps":[{"op":"thumbnail","width":7},{"op":"crop","width":1,"height":2,"left":3,"top":4}]}]})")
            .as_object(),
        errors
    );
    ASSERT_EQ(errors.size(), 0U);
    EXPECT_EQ(read.source.task_id, 1001);
    EXPECT_EQ(read.source.artifact, "x");
    EXPECT_TRUE(read.autorotate);
    const auto& made = read.outputs.at(0);
    EXPECT_EQ(made.background, (std::array<double, 3>{10, 11, 255}));
    EXPECT_FALSE(made.keep_metadata);
    EXPECT_TRUE(made.animated);
    EXPECT_EQ(std::get<thumbnail_step>(made.steps.at(0)).height, 7);
    EXPECT_EQ(std::get<crop_step>(made.steps.at(1)).top, 4);
}

TEST(image_plan, names_the_field) {
    EXPECT_EQ(problems("{}"), (found{"/source required", "/outputs required"}));
    EXPECT_EQ(
        problems(R"({"source":1,"outputs":{},"x":1,"autorotate":1})"),
        (found{"/x unknown_field", "/source wrong_type", "/autorotate wrong_type", "/outputs wrong_type"})
    );
    EXPECT_EQ(
        problems(R"({"source":{},"outputs":[1]})"), (found{"/source required", "/outputs/0 wrong_type"})
    );
    EXPECT_EQ(
        problems(R"({"source":{"fileId":1},"outputs":[]})"),
        (found{"/source/fileId out_of_range", "/outputs item_count"})
    );
    EXPECT_EQ(
        problems(R"({"source":{"fileId":1000,"taskId":1000},"outputs":[{"name":"a"},{"name":"a"}]})"),
        (found{"/source/taskId unknown_field", "/outputs/1/name duplicate"})
    );
    EXPECT_EQ(
        problems(R"({"source":{"taskId":1000},"outputs":[{"name":"a"}]})"), found{"/source/artifact required"}
    );
    EXPECT_EQ(
        problems(R"({"source":{"artifact":"a"},"outputs":[{"name":"a"}]})"), found{"/source/taskId required"}
    );
}

TEST(image_plan, names_the_field_of_an_output) {
    const auto name = [](const std::string& given) {
        return problems(R"({"source":{"fileId":1000},"outputs":[{"name":)" + given + "}]}");
    };
    for (const auto* bad : {R"("../a")", R"("a/b")", R"("a b")", R"(".a")", R"("é")"}) {
        EXPECT_EQ(name(bad), found{"/outputs/0/name pattern"}) << bad;
    }
    EXPECT_EQ(name(R"("")"), found{"/outputs/0/name length"});
    EXPECT_EQ(name("1"), found{"/outputs/0/name wrong_type"});
    EXPECT_EQ(output_problems(R"(,"format":"bmp")"), found{"/outputs/0/format not_allowed"});
    EXPECT_EQ(output_problems(R"(,"quality":50)"), found{"/outputs/0/quality not_allowed"});
    EXPECT_EQ(output_problems(R"(,"format":"png","quality":50)"), found{"/outputs/0/quality not_allowed"});
    EXPECT_EQ(output_problems(R"(,"format":"jpeg","quality":0)"), found{"/outputs/0/quality out_of_range"});
    EXPECT_EQ(
        output_problems(R"(,"format":"jpeg","lossless":true)"), found{"/outputs/0/lossless not_allowed"}
    );
    EXPECT_EQ(
        output_problems(R"(,"format":"webp","quality":5,"lossless":true)"),
        found{"/outputs/0/quality not_allowed"}
    );
    for (const auto* bad : {R"("red")", R"("#12345")", R"("#12345g")", "1"}) {
        EXPECT_EQ(
            output_problems(std::string(R"(,"background":)") + bad), found{"/outputs/0/background pattern"}
        ) << bad;
    }
    EXPECT_EQ(output_problems(R"(,"metadata":"some")"), found{"/outputs/0/metadata not_allowed"});
    EXPECT_EQ(output_problems(R"(,"animated":"no")"), found{"/outputs/0/animated wrong_type"});
    EXPECT_EQ(output_problems(R"(,"steps":{})"), found{"/outputs/0/steps wrong_type"});
}

TEST(image_plan, names_the_field_of_a_step) {
    const std::string at = "/outputs/0/steps/0";
    EXPECT_EQ(step_problems("1"), found{at + " wrong_type"});
    EXPECT_EQ(step_problems("{}"), found{at + "/op required"});
    EXPECT_EQ(step_problems(R"({"op":"blur"})"), found{at + "/op not_allowed"});
    EXPECT_EQ(step_problems(R"({"op":"thumbnail"})"), found{at + "/width required"});
    EXPECT_EQ(step_problems(R"({"op":"thumbnail","width":65536})"), found{at + "/width out_of_range"});
    EXPECT_EQ(step_problems(R"({"op":"thumbnail","width":5,"crop":"top"})"), found{at + "/crop not_allowed"});
    EXPECT_EQ(step_problems(R"({"op":"resize"})"), found{at + "/width required"});
    EXPECT_EQ(step_problems(R"({"op":"resize","width":5,"mode":"fill"})"), found{at + "/height required"});
    EXPECT_EQ(step_problems(R"({"op":"resize","height":5,"mode":"exact"})"), found{at + "/width required"});
    EXPECT_EQ(step_problems(R"({"op":"resize","width":5,"enlarge":1})"), found{at + "/enlarge wrong_type"});
    EXPECT_EQ(step_problems(R"({"op":"crop","width":5})"), found{at + "/height required"});
    EXPECT_EQ(step_problems(R"({"op":"crop","width":5,"height":5,"left":1})"), found{at + "/top required"});
    EXPECT_EQ(
        step_problems(R"({"op":"crop","width":5,"height":5,"left":1,"top":-1,"position":"centre"})"),
        (found{at + "/top out_of_range", at + "/position not_allowed"})
    );
    EXPECT_EQ(step_problems(R"({"op":"rotate"})"), found{at + "/angle required"});
    EXPECT_EQ(step_problems(R"({"op":"rotate","angle":361})"), found{at + "/angle out_of_range"});
    EXPECT_EQ(step_problems(R"({"op":"rotate","angle":"90"})"), found{at + "/angle out_of_range"});
    EXPECT_EQ(step_problems(R"({"op":"flip","direction":"up"})"), found{at + "/direction not_allowed"});
    EXPECT_EQ(step_problems(R"({"op":"flip","direction":"vertical","x":1})"), found{at + "/x unknown_field"});
}

}  // namespace
}  // namespace esm::tasks::image_processing
