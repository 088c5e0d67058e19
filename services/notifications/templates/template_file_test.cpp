// Files of templates: read, written back the same, and refused with the line.
#include "services/notifications/templates/template_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

using testing::HasSubstr;

const std::string welcome =
    "{{! email.subject }}\n"
    "Welcome\n"
    "{{! email.text }}\n"
    "Hello {{name}},\n"
    "\n"
    "{{! a note of the author }}\n"
    "welcome.\n"
    "\n"
    "{{! sms.text }}\n"
    "\n"
    "{{! push.title }}\n";

std::string refusal_of(std::string_view text) {
    const auto parsed = parse_template_file(text);
    return parsed ? "taken" : parsed.error().detail;
}

TEST(template_file, has_parts_with_their_lines) {
    const auto parts = parse_template_file(welcome).value();
    ASSERT_EQ(parts.size(), 4U);
    EXPECT_EQ(parts[0].channel, "email");
    EXPECT_EQ(parts[0].name, "subject");
    EXPECT_EQ(parts[0].text, "Welcome");
    EXPECT_EQ(parts[0].first_line, 2U);
    EXPECT_EQ(parts[1].text, "Hello {{name}},\n\n{{! a note of the author }}\nwelcome.\n");
    EXPECT_EQ(parts[1].first_line, 4U);
    EXPECT_EQ(parts[2].text, "");
    EXPECT_EQ(parts[3].channel, "push");
    EXPECT_EQ(parts[3].text, "");
    EXPECT_EQ(texts_of(parts, "email").size(), 2U);
    EXPECT_EQ(texts_of(parts, "email").at("subject"), "Welcome");
    EXPECT_TRUE(texts_of(parts, "in_app").empty());
}

TEST(template_file, is_written_as_it_was_read) {
    for (const auto& text :
         {welcome.substr(0, welcome.find("{{! push")),
          std::string("{{! sms.text }}\n{{#a}}\n{{/a}}\n\n\n"),
          std::string("{{! sms.text }}\n\n")}) {
        EXPECT_EQ(write_template_file(parse_template_file(text).value()), text);
    }
}

TEST(template_file, any_text_comes_back_from_a_file) {
    std::vector<file_part> parts;
    for (const auto* text : {"", "\n", "one", "one\n", "\n\none\n\n"}) {
        parts = {{"sms", "text", text, 2}, {"push", "body", text, 1}};
        const auto read = parse_template_file(write_template_file(parts)).value();
        ASSERT_EQ(read.size(), 2U);
        EXPECT_EQ(read[0].text, text);
        EXPECT_EQ(read[1].text, text);
    }
}

TEST(template_file, takes_other_line_ends_and_blanks_around_a_heading) {
    const auto parts =
        parse_template_file("\r\n  {{!sms.text}} \r\nHello\r\n  world\r\n{{! push.body }}\r\nx").value();
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].text, "Hello\n  world");
    EXPECT_EQ(parts[0].first_line, 3U);
    EXPECT_EQ(parts[1].text, "x");
}

TEST(template_file, is_refused_with_the_line) {
    EXPECT_EQ(
        refusal_of("{{! email.subject }}\nHi\n{{! email.subjcet }}\n"),
        "line 3: there is no part email.subjcet; did you mean email.subject?"
    );
    EXPECT_THAT(refusal_of("{{! webhook.payload }}\n"), HasSubstr("there are email.subject, email.text, "));
    EXPECT_EQ(
        refusal_of("{{! sms.text }}\nHi\n{{! sms.text }}\n"), "line 3: sms.text stands in line 1 already"
    );
    EXPECT_THAT(refusal_of("\nHi\n{{! sms.text }}\n"), HasSubstr("line 2: the text belongs to no part"));
    EXPECT_EQ(refusal_of(""), "the file has no part");
    EXPECT_EQ(refusal_of("{{! sms.text }}\n\xff\n"), "the file is not UTF-8");
}

TEST(template_file, is_named_after_event_and_locale) {
    const auto named = parse_file_name("user.password_changed.v1.de-at.mustache").value();
    EXPECT_EQ(named.event_type, "user.password_changed.v1");
    EXPECT_EQ(named.locale, "de-AT");
    EXPECT_EQ(to_text(named), "user.password_changed.v1.de-AT.mustache");
    for (const auto* name :
         {"",
          ".mustache",
          "welcome.mustache",
          "task.completed.v1.mustache",
          "task.completed.v1.de",
          "task.completed.v1.de.txt",
          "Task.v1.de.mustache",
          "../task.v1.de.mustache",
          "task..v1.de.mustache",
          ".de.mustache",
          "task.v1.deutsch.mustache"}) {
        EXPECT_TRUE(parse_file_name(name).has_error()) << name;
    }
}

}  // namespace
}  // namespace esm::notifications
