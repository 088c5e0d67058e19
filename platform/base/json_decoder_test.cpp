// Request bodies: which texts are no JSON for us, and how each broken field is named.
#include "platform/base/json_decoder.hpp"

#include <gmock/gmock.h>

#include "platform/base/json_text.hpp"

namespace esm::json {
namespace {

using testing::HasSubstr;

std::string detail_of(std::string_view text) {
    const auto parsed = parse(text);
    if (parsed) return "accepted";
    EXPECT_EQ(parsed.error().code, errc::malformed_request);
    return parsed.error().detail;
}

// "pointer code" of every recorded field.
std::vector<std::string> names_of(const std::optional<error>& problem) {
    std::vector<std::string> names;
    if (!problem) return names;
    for (const auto& field : problem->fields) names.push_back(field.pointer + " " + field.code);
    return names;
}

TEST(json_parse, takes_what_rfc8259_allows) {
    for (const char* text :
         {"{}", " [1, -2.5e3, true, null, \"\\u00e4\\ud83d\\ude00\"] ", "0", "\"a\\nb\""}) {
        EXPECT_TRUE(parse(text)) << text;
    }
    EXPECT_EQ(parse(R"({"a":{"b":[1,2]},"c":"ü"})")->at("a").at("b").as_array().size(), 2U);
}

TEST(json_parse, refuses_what_is_no_json) {
    for (const char* text :
         {"",
          " ",
          "{",
          "{\"a\":1",
          "{\"a\":1,}",
          "[1,]",
          "{'a':1}",
          "nul",
          "01",
          "+1",
          "1 2",
          "{} x",
          "// c\n1",
          "NaN",
          "\"\t\"",
          "\"\\x\"",
          "\"\\ud800\"",
          "\"\\udc00\"",
          "\xEF\xBB\xBF{}"}) {
        EXPECT_NE(detail_of(text), "accepted") << text;
    }
    EXPECT_EQ(detail_of("{\"a\":1"), "the JSON text ends too early");
    EXPECT_THAT(detail_of("{\"a\" 1}"), HasSubstr("at byte"));
}

TEST(json_parse, refuses_invalid_utf8_in_values_and_names) {
    for (const char* text :
         {"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "{\"\xc3\":1}"}) {
        EXPECT_NE(detail_of(text), "accepted");
    }
}

TEST(json_parse, refuses_nul_in_values_and_names) {
    EXPECT_THAT(detail_of(R"({"a":"x\u0000y"})"), HasSubstr("U+0000"));
    EXPECT_THAT(detail_of(R"({"x\u0000":1})"), HasSubstr("U+0000"));
    EXPECT_NE(detail_of(std::string_view("\"\0\"", 3)), "accepted");
}

TEST(json_parse, refuses_names_that_stand_twice) {
    EXPECT_THAT(detail_of(R"({"a":1,"b":2,"a":3})"), HasSubstr("\"a\" stands twice"));
    EXPECT_THAT(detail_of(R"({"a":{"x":1,"x":2}})"), HasSubstr("\"x\" stands twice"));
    EXPECT_THAT(detail_of(R"({"a":1,"\u0061":2})"), HasSubstr("\"a\" stands twice"));
    EXPECT_EQ(detail_of(R"({"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]})"), "accepted");
}

TEST(json_parse, limits_depth_to_32) {
    EXPECT_EQ(detail_of(std::string(32, '[') + std::string(32, ']')), "accepted");
    EXPECT_THAT(detail_of(std::string(33, '[') + std::string(33, ']')), HasSubstr("more than 32"));
    EXPECT_THAT(detail_of(std::string(60'000, '[')), HasSubstr("more than 32"));
}

TEST(json_parse, refuses_numbers_beyond_double) {
    EXPECT_NE(detail_of("1e999"), "accepted");
}

TEST(json_parse, long_texts_and_escaped_names_come_through_whole) {
    const std::string text(20'000, 'x');
    const auto parsed = parse_object("{\"na\\nme\":\"" + text + "\\u00fc" + text + "\"}");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->at("na\nme").as_string(), text + "ü" + text);
}

TEST(json_parse, object_is_asked_for) {
    EXPECT_FALSE(parse_object("[]"));
    EXPECT_TRUE(parse_object("{}"));
}

TEST(json_text, escapes_what_a_string_may_not_hold) {
    std::string text;
    append_string(text, std::string_view("a\"b\\c\n\r\t\0\x1b\x7f/ü", 14));
    EXPECT_EQ(text, "\"a\\\"b\\\\c\\n\\r\\t\\u0000\\u001b\\u007f/ü\"");
    EXPECT_TRUE(parse("\"\"")) << "an empty text";
}

TEST(decoder, reads_each_kind) {
    const auto body = parse_object(
        R"({"name":"Ädä","age":7.0,"big":9223372036854775807,"on":true,"at":"1970-01-01T00:00:01Z",
            "pick":"high","object":{"a":1},"list":["x","y"]})"
    );
    decoder in(*body);
    EXPECT_EQ(in.text("name", {1, 3}), "Ädä");
    EXPECT_EQ(in.integer("age", 0, 10), 7);
    EXPECT_EQ(in.optional_integer("big", 0, INT64_MAX), INT64_MAX);
    EXPECT_EQ(in.optional_boolean("on"), true);
    EXPECT_EQ(in.optional_instant("at"), 1'000'000);
    EXPECT_EQ(in.optional_choice("pick", {"low", "high"}), "high");
    ASSERT_TRUE(in.optional_object("object"));
    EXPECT_THAT(in.optional_text_list("list", 2, {1, 1}), testing::ElementsAre("x", "y"));
    EXPECT_EQ(in.optional_text("absent", {}), std::nullopt);
    EXPECT_EQ(in.optional_array("also absent", 1), nullptr);
    EXPECT_FALSE(in.finish());
}

TEST(decoder, asks_for_a_list_that_must_be_there) {
    const auto body = parse_object(R"({"list":["x"],"text":"x"})");
    decoder in(*body);
    EXPECT_THAT(in.text_list("list", 2, {1, 1}), testing::ElementsAre("x"));
    EXPECT_THAT(in.text_list("text", 2, {}), testing::IsEmpty());
    EXPECT_THAT(in.text_list("absent", 2, {}), testing::IsEmpty());
    const auto problem = in.finish();
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->code, errc::malformed_request);
    EXPECT_THAT(names_of(problem), testing::ElementsAre("/text wrong_type", "/absent required"));
}

TEST(decoder, names_every_malformed_field) {
    const auto body =
        parse_object(R"({"age":"7","on":1,"list":[1,"ok"],"object":[],"nothing":null,"x/y~":1})");
    decoder in(*body, "/items/0");
    in.text("name", {1, 3});
    in.integer("age", 0, 10);
    in.optional_boolean("on");
    in.optional_text_list("list", 5, {});
    in.optional_object("object");
    in.optional_text("nothing", {});
    const auto problem = in.finish();
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->code, errc::malformed_request);
    EXPECT_EQ(problem->detail, "7 fields are wrong");
    EXPECT_THAT(
        names_of(problem),
        testing::ElementsAre(
            "/items/0/name required",
            "/items/0/age wrong_type",
            "/items/0/on wrong_type",
            "/items/0/list/0 wrong_type",
            "/items/0/object wrong_type",
            "/items/0/nothing wrong_type",
            "/items/0/x~1y~0 unknown_field"
        )
    );
}

TEST(decoder, names_every_broken_rule) {
    const auto body = parse_object(
        R"({"short":"a","long":"äöü","low":-1,"huge":18446744073709551615,"at":"yesterday","pick":"no",
            "list":["",""]})"
    );
    decoder in(*body);
    in.text("short", {2, 3});
    in.optional_text("long", {0, 2});
    in.integer("low", 0, 10);
    in.integer("huge", 0, INT64_MAX);
    in.optional_instant("at");
    in.optional_choice("pick", {"yes"});
    in.optional_text_list("list", 1, {});
    in.reject("long", "pattern", "Letters only");
    EXPECT_TRUE(in.rejected());
    const auto problem = in.finish();
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->code, errc::validation_failed);
    EXPECT_THAT(
        names_of(problem),
        testing::ElementsAre(
            "/short too_short",
            "/long too_long",
            "/low out_of_range",
            "/huge out_of_range",
            "/at not_a_date_time",
            "/pick not_allowed",
            "/list too_many",
            "/long pattern"
        )
    );
    EXPECT_EQ(problem->fields[0].message, "At least 2 characters");
}

TEST(decoder, a_fraction_is_no_integer) {
    const auto body = parse_object(R"({"a":1.5,"b":1e300})");
    decoder in(*body);
    in.integer("a", 0, 10);
    in.integer("b", 0, 10);
    EXPECT_THAT(names_of(in.finish()), testing::ElementsAre("/a wrong_type", "/b wrong_type"));
}

TEST(decoder, reports_a_bounded_number_of_fields) {
    bj::object body;
    for (int i = 0; i < 1000; ++i) body["f" + std::to_string(i)] = i;
    decoder in(body);
    EXPECT_EQ(in.finish()->fields.size(), 50U);
}

}  // namespace
}  // namespace esm::json
