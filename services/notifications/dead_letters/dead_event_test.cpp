// What comes in that nobody can apply, and what of it is kept: any bytes, in a form that every database
// takes.
#include "services/notifications/dead_letters/dead_event.hpp"

#include <gmock/gmock.h>

#include "platform/base/utf8.hpp"
#include "platform/events/headers.hpp"

namespace esm::notifications::dead_letters {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;

events::delivered delivered_with(std::string data, std::string type = "task.completed.v1") {
    events::delivered made;
    made.value.topic = "task-processing-events";
    made.value.key = "1042";
    made.value.data = std::move(data);
    made.partition = 3;
    made.offset = 77;
    events::read_headers(
        {{"ce_specversion", "1.0"},
         {"ce_id", "0190-1"},
         {"ce_type", std::move(type)},
         {"ce_correlationid", "cause-1"},
         {"ce_aggregateversion", "4"}},
        made
    );
    return made;
}

bool is_storable(const std::string& text) {
    return is_utf8(text) && text.find('\0') == std::string::npos;
}

TEST(dead_event, keeps_text_as_it_is) {
    const auto kept = set_aside(delivered_with(R"({"userId":1000})"), "no such field", "userId");
    EXPECT_EQ(kept.topic, "task-processing-events");
    EXPECT_EQ(kept.place, "3/77");
    EXPECT_EQ(kept.event_id, "0190-1");
    EXPECT_EQ(kept.event_type, "task.completed.v1");
    EXPECT_EQ(kept.key, "1042");
    EXPECT_EQ(kept.user_id, 1000);
    EXPECT_EQ(kept.encoding, "utf-8");
    EXPECT_EQ(kept.payload, R"({"userId":1000})");
    EXPECT_EQ(kept.reason, "no such field");
}

TEST(dead_event, any_bytes_are_storable_and_come_back) {
    for (const auto& data : {""s, "a\0b"s, "\xff\xfe"s, std::string(1024 * 1024, '\x80'), "{\"a\":\""s}) {
        auto refused = delivered_with(data);
        refused.value.key = "k\0\xff"s;
        const auto kept = set_aside(refused, "because of \xff and \0"s, "userId");
        for (const auto& text : {kept.topic, kept.key, kept.headers, kept.payload, kept.reason}) {
            EXPECT_TRUE(is_storable(text));
        }
        const auto again = to_event(kept);
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->data, data);
        EXPECT_EQ(again->id, "0190-1");
        EXPECT_EQ(again->correlation_id, "cause-1");
        EXPECT_EQ(again->aggregate_version, 4);
    }
}

TEST(dead_event, long_names_and_reasons_are_cut) {
    const auto kept =
        set_aside(delivered_with("{}", std::string(5'000, 't')), std::string(5'000, 'r'), "userId");
    EXPECT_EQ(kept.event_type.size(), 256U);
    EXPECT_EQ(kept.reason.size(), 1'000U);
    EXPECT_EQ(to_event(kept)->type.size(), 5'000U);
}

TEST(dead_event, one_without_a_type_stays_what_it_is) {
    auto refused = delivered_with("{}");
    refused.raw_headers = R"({"ce_id":"0190-1"})";
    const auto again = to_event(set_aside(refused, "ce_type is missing", "userId"));
    ASSERT_FALSE(again.has_value());
    EXPECT_THAT(again.error().detail, HasSubstr("ce_type"));
}

TEST(dead_event, whom_it_is_about_is_found_also_in_what_is_no_json) {
    EXPECT_EQ(find_user_id(R"({"owner":1007,"userId":1000})", "owner"), 1007);
    EXPECT_EQ(find_user_id(R"({"userId": 1000, "a": "b)", "userId"), 1000);
    EXPECT_EQ(find_user_id(R"({"userId" : "1000"})", "userId"), 1000);
    EXPECT_EQ(find_user_id(R"({"userId": -5})", "userId"), 0);
    EXPECT_EQ(find_user_id(R"({"userId":)", "userId"), 0);
    EXPECT_EQ(find_user_id("\"userId\":\0"s, "userId"), 0);
    EXPECT_EQ(find_user_id("nothing", "userId"), 0);
}

TEST(dead_event, a_payload_is_shown_as_json_text_or_base64_and_cut) {
    const auto shown = [](std::string data) {
        return to_json(set_aside(delivered_with(std::move(data)), "why", "userId"));
    };
    EXPECT_EQ(shown(R"({"a":1})").at("payload").at("a"), 1);
    EXPECT_EQ(shown(R"({"a":1})").at("payloadEncoding"), "json");
    EXPECT_EQ(shown("{").at("payload"), "{");
    EXPECT_EQ(shown("{").at("payloadEncoding"), "text");
    EXPECT_EQ(shown("\xff").at("payload"), "/w==");
    EXPECT_EQ(shown("\xff").at("payloadEncoding"), "base64");
    EXPECT_EQ(shown("{").at("payloadCut"), false);
    const auto large = shown("{\"a\":\"" + std::string(70'000, 'x') + "\"}");
    EXPECT_EQ(large.at("payloadCut"), true);
    EXPECT_EQ(large.at("payloadEncoding"), "text");
    EXPECT_EQ(large.at("payload").as_string().size(), 65'536U);
    EXPECT_EQ(large.at("origin").at("place"), "3/77");
}

}  // namespace
}  // namespace esm::notifications::dead_letters
