// data_export: what may be exported, how it is chosen and written, and every way the parameters can be wrong.
#include "services/tasks/handlers/data_export/data_export.hpp"

#include <gtest/gtest.h>

#include "platform/security/sealed.hpp"
#include "services/tasks/handlers/test_work.hpp"

namespace esm::tasks::data_export {
namespace {

namespace bj = boost::json;

constexpr auto tasks =
    R"({"taskId":1000,"taskType":"report","status":"completed","parameters":{"a":[1,"x,y"]},)"
    R"("errorMessage":null}
{"taskId":1001,"taskType":"=1+1","status":"failed","parameters":{},"errorMessage":"boom"}
)";

// The artifact's content, or why there is none.
std::string exported(const std::string& parameters, std::string_view name) {
    test_work current(parameters);
    current.give_records(own_records::tasks, tasks);
    current.give_records(own_records::notifications, "{\"notificationId\":1,\"channel\":\"email\"}\n");
    current.give_file(1000, "data.csv", "text/csv", "a,b\n1,x\n2,y\n");
    const auto done = make_handler({})->run(current);
    if (done.how != outcome::kind::completed) return done.text;
    const auto result = bj::parse(done.text);
    EXPECT_EQ(std::string(result.at("artifact").as_string()), name);
    const auto content = current.content(name);
    EXPECT_EQ(result.at("bytes"), static_cast<std::int64_t>(content.size()));
    EXPECT_EQ(std::string(result.at("sha256").as_string()), security::sha256_hex(content));
    return fmt::format("{} rows\n{}", result.at("rows").as_int64(), content);
}

TEST(data_export, own_tasks) {
    EXPECT_EQ(
        exported(R"({"from":"tasks","output":{"format":"ndjson"}})", "tasks.ndjson"),
        fmt::format("2 rows\n{}", tasks)
    );
    EXPECT_EQ(
        exported(R"({"from":"tasks","output":{"format":"csv"}})", "tasks.csv"),
        "2 rows\ntaskId,taskType,status,parameters,errorMessage\n"
        "1000,report,completed,\"{\"\"a\"\":[1,\"\"x,y\"\"]}\",\n1001,'=1+1,failed,{},boom\n"
    );
}

TEST(data_export, chosen_columns_and_rows) {
    EXPECT_EQ(
        exported(
            R"({"from":"tasks","columns":["taskId",{"column":"taskType","as":"type"}],
            "filters":[{"column":"status","operator":"in","value":["failed"]}],
            "output":{"format":"csv","formulas":"keep","name":"failed.csv"}})",
            "failed.csv"
        ),
        "1 rows\ntaskId,type\n1001,=1+1\n"
    );
    EXPECT_EQ(
        exported(
            R"({"from":"tasks","where":"errorMessage is null","columns":["taskId"],)"
            R"("output":{"format":"json"}})",
            "tasks.json"
        ),
        "1 rows\n[\n{\"taskId\":1000}\n]\n"
    );
}

TEST(data_export, notifications_and_data_sets) {
    EXPECT_EQ(
        exported(R"({"from":"notifications","output":{"format":"csv"}})", "notifications.csv"),
        "1 rows\nnotificationId,channel\n1,email\n"
    );
    EXPECT_EQ(
        exported(R"({"from":"data","source":{"fileId":1000},"output":{"format":"ndjson"}})", "data.ndjson"),
        "2 rows\n{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n"
    );
    EXPECT_EQ(
        exported(
            R"({"from":"data","format":"ndjson","ndjson":"{\"a\":1}\n{\"a\":2}","output":{"format":"csv"}})",
            "data.csv"
        ),
        "2 rows\na\n1\n2\n"
    );
    EXPECT_EQ(
        exported(R"({"from":"tasks","columns":["no"],"output":{"format":"csv"}})", ""),
        "step 1 (select): there is no column \"no\"; the columns are "
        "\"taskId\", \"taskType\", \"status\", \"parameters\", \"errorMessage\""
    );
}

TEST(data_export, nothing_to_export) {
    const auto made = [](const std::string& more) {
        test_work current(R"({"from":"notifications","output":{"format":"csv"})" + more + "}");
        current.give_records(own_records::notifications, "");
        EXPECT_EQ(make_handler({})->run(current).how, outcome::kind::completed);
        return current.content("notifications.csv");
    };
    EXPECT_EQ(made(""), "");
    EXPECT_EQ(made(R"(,"columns":["notificationId",{"column":"channel","as":"by"}])"), "notificationId,by\n");
}

TEST(data_export, names_the_field) {
    const auto problems = [](const std::string& parameters) {
        std::vector<std::string> found;
        for (const auto& each : make_handler({})->check(bj::parse(parameters).as_object())) {
            found.push_back(each.pointer + " " + each.code);
        }
        return found;
    };
    using strings = std::vector<std::string>;
    EXPECT_TRUE(problems(R"({"from":"tasks","output":{"format":"csv"}})").empty());
    EXPECT_EQ(problems(R"({"from":"tasks"})"), (strings{"/output required"}));
    EXPECT_EQ(problems(R"({"from":"users","output":{"format":"csv"}})"), (strings{"/from not_allowed"}));
    EXPECT_EQ(
        problems(R"({"from":"tasks","rows":[],"output":{"format":"xml","name":"../x","compression":"rar"}})"),
        (strings{
            "/rows unknown_field",
            "/output/format not_allowed",
            "/output/compression not_allowed",
            "/output/name pattern"
        })
    );
    EXPECT_EQ(
        problems(R"({"from":"data","source":{},"where":"1 +","filters":[{"column":"a","operator":"eq"}],
            "columns":["a","a"],"output":{"format":"csv"}})"),
        (strings{
            "/source/fileId required",
            "/where wrong_expression",
            "/filters/0/value required",
            "/columns/1 duplicate"
        })
    );
    EXPECT_EQ(
        problems(R"({"from":"data","source":{"fileId":999,"artifact":"x"},"output":{"format":"csv"}})"),
        (strings{"/source/fileId out_of_range", "/source/artifact not_allowed"})
    );
}

}  // namespace
}  // namespace esm::tasks::data_export
