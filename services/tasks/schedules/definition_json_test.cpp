// What a schedule's owner says, from JSON and back, and merge patches of it.
#include "services/tasks/schedules/definition_json.hpp"

#include <gtest/gtest.h>

namespace esm::tasks::schedules {
namespace {

namespace bj = boost::json;

bj::object object(std::string_view text) {
    return bj::parse(text).as_object();
}

std::vector<std::string> refused(std::string_view text, errc code) {
    const auto says = decode_definition(object(text));
    if (says) return {"nothing"};
    EXPECT_EQ(says.error().code, code);
    std::vector<std::string> fields;
    for (const auto& each : says.error().fields) fields.push_back(each.pointer + " " + each.code);
    return fields;
}

TEST(definition_json, there_and_back) {
    const auto whole = object(
        R"({"name":"n","cron":"@daily","timeZone":"Europe/Vienna","missedRuns":"run_all","overlap":"skip",
            "paused":true,"task":{"taskType":"a","parameters":{}},"startsAt":"2026-01-01T00:00:00.000000Z",
            "endsAt":"2027-01-01T00:00:00.000000Z"})"
    );
    EXPECT_EQ(to_object(*decode_definition(whole)), whole);
    const auto least = decode_definition(object(R"({"name":"n","cron":"@daily","task":{}})"));
    EXPECT_EQ(least->time_zone, "UTC");
    EXPECT_EQ(least->missed, missed_runs::run_once);
    EXPECT_EQ(least->overlap, overlap_policy::allow);
    EXPECT_FALSE(least->paused);
}

TEST(definition_json, every_wrong_field_is_named) {
    using texts = std::vector<std::string>;
    EXPECT_EQ(
        refused(R"({"name":1,"every":"day","task":[]})", errc::malformed_request),
        (texts{"/name wrong_type", "/cron required", "/task wrong_type", "/every unknown_field"})
    );
    EXPECT_EQ(
        refused(
            R"({"name":"a\u0007","cron":"","task":{},"missedRuns":"all","overlap":"queue",
                "startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-01T00:00:00Z"})",
            errc::validation_failed
        ),
        (texts{"/name pattern", "/missedRuns not_allowed", "/overlap not_allowed", "/endsAt out_of_range"})
    );
    EXPECT_EQ(
        refused(R"({"name":"  ","cron":"","task":{}})", errc::validation_failed), texts{"/name pattern"}
    );
}

// The cases of RFC 7396, appendix A, whose documents are objects.
TEST(definition_json, merges_as_the_rfc_says) {
    const std::vector<std::array<std::string_view, 3>> cases{
        {R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
        {R"({"a":"b"})", R"({"a":null})", R"({})"},
        {R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
        {R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
        {R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
        {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
        {R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
        {R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
        {R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
    };
    for (const auto& [target, patch, outcome] : cases) {
        auto merged = object(target);
        merge_patch(merged, object(patch));
        EXPECT_EQ(merged, object(outcome)) << target << " " << patch;
    }
}

}  // namespace
}  // namespace esm::tasks::schedules
