// What is told of a template before anybody's mail has a gap.
#include "services/notifications/templates/lint.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> told(
    std::string_view channel, const part_texts& parts, std::string_view event_type = "task.completed.v1"
) {
    std::vector<std::string> shown;
    for (const auto& each : lint(channel, parts, *find_event_fields(event_type))) {
        shown.push_back(fmt::format("{}:{}:{}: {}", each.part, each.line, each.column, each.message));
    }
    return shown;
}

std::vector<std::string> of_sms(std::string text, std::string_view event_type = "task.completed.v1") {
    return told("sms", {{"text", std::move(text)}}, event_type);
}

std::vector<std::string> of_html(std::string html, std::string_view event_type = "task.completed.v1") {
    return told("email", {{"subject", "s"}, {"text", "t"}, {"html", std::move(html)}}, event_type);
}

TEST(lint, a_good_template_has_no_problems) {
    EXPECT_THAT(
        of_sms("{{name}} {{user.username}} {{user.email}} {{publicUrl}} {{unsubscribeUrl}} {{locale}} "
               "{{event.taskId}}{{#event.errorMessage}}: {{.}}{{/event.errorMessage}}{{^name}}you{{/name}} "
               "{{#user}}{{email}} {{name}}{{/user}}{{#event}}{{taskType}}{{/event}}{{! a note }}"),
        IsEmpty()
    );
    EXPECT_THAT(
        of_html("<a href=\"{{{publicUrl}}}/x\">{{event.taskId}}</a> {{&unsubscribeUrl}} "
                "{{#publicUrl}}{{{.}}}{{/publicUrl}}"),
        IsEmpty()
    );
}

TEST(lint, names_that_no_message_has) {
    EXPECT_THAT(
        of_sms("Hello {{nmae}},\n{{event.taskRef}}"),
        ElementsAre(
            "text:1:7: no message of task.completed.v1 has nmae; did you mean name?",
            "text:2:1: event.taskRef is no field of task.completed.v1; did you mean event.taskId?"
        )
    );
    EXPECT_THAT(
        of_sms("{{event.zzzzzzzzzzzz}}"),
        ElementsAre("text:1:1: event.zzzzzzzzzzzz is no field of task.completed.v1")
    );
    EXPECT_THAT(
        of_sms("{{event.code}}"), ElementsAre(HasSubstr("event.code is no field of task.completed.v1"))
    );
    EXPECT_THAT(of_sms("{{event.code}}", "user.password_reset_requested.v1"), IsEmpty());
    EXPECT_THAT(of_sms("{{#usr}}x{{/usr}}"), ElementsAre(HasSubstr("did you mean user?")));
}

TEST(lint, in_a_section_its_members_are_known) {
    EXPECT_THAT(of_sms("{{count}}{{#items}}{{subject}} {{at}} {{name}}{{/items}}", "digest.v1"), IsEmpty());
    EXPECT_THAT(
        of_sms("{{subject}} {{#items}}{{subjct}}{{/items}} {{items.subject}}", "digest.v1"),
        ElementsAre(
            "text:1:1: no message of digest.v1 has subject",
            "text:1:23: no message of digest.v1 has subjct; did you mean subject?",
            "text:1:44: no message of digest.v1 has items.subject"
        )
    );
    EXPECT_THAT(
        of_sms("{{^items}}{{subject}}{{/items}}", "digest.v1"), ElementsAre(HasSubstr("has subject"))
    );
    EXPECT_THAT(of_sms("{{event.count}}", "digest.v1"), ElementsAre(HasSubstr("has event.count")));
    EXPECT_THAT(
        of_sms("{{#items}}{{#items}}{{subject}}{{/items}}{{/items}}", "digest.v1"),
        ElementsAre("text:1:11: the section items is open already")
    );
}

TEST(lint, objects_are_no_text_and_a_dot_needs_one) {
    EXPECT_THAT(
        of_sms("{{event}}"), ElementsAre("text:1:1: event is no text; open it as a section with {{#event}}")
    );
    EXPECT_THAT(of_sms("{{#event}}{{.}}{{/event}}"), ElementsAre(HasSubstr("a dot stands for a text")));
    EXPECT_THAT(of_sms("{{.}}"), ElementsAre(HasSubstr("a dot stands for a text")));
    EXPECT_THAT(of_sms("{{^name}}{{.}}{{/name}}"), ElementsAre(HasSubstr("a dot stands for a text")));
    EXPECT_THAT(of_sms("{{#.}}x{{/.}}"), ElementsAre("text:1:1: a section needs a name, not a dot"));
}

TEST(lint, what_comes_from_outside_is_escaped_in_html) {
    EXPECT_THAT(
        of_html("<p>\n{{{event.errorMessage}}} {{&name}}"),
        ElementsAre(
            "html:2:1: event.errorMessage comes from outside and would stand in the page unescaped; "
            "write {{event.errorMessage}}",
            "html:2:26: name comes from outside and would stand in the page unescaped; write {{name}}"
        )
    );
    EXPECT_THAT(of_html("{{#name}}{{{.}}}{{/name}}"), ElementsAre(HasSubstr("unescaped")));
    EXPECT_THAT(
        of_html("{{#items}}{{{subject}}}{{/items}}", "digest.v1"), ElementsAre(HasSubstr("unescaped"))
    );
    EXPECT_THAT(of_sms("{{{event.errorMessage}}}"), IsEmpty()) << "plain text has nothing to escape";
}

TEST(lint, faults_of_tags_are_told_with_their_place) {
    EXPECT_THAT(
        of_sms("{{#name}}\n {{>x}}"),
        ElementsAre("text:1:1: the section name is not closed", "text:2:2: there are no partials: >x")
    );
}

TEST(lint, parts_are_those_of_the_channel) {
    EXPECT_THAT(
        told("email", {{"subject", "s"}, {"txt", "t"}}),
        ElementsAre(
            "txt:1:1: email has no part txt; did you mean text?",
            "text:1:1: the text is missing; email has subject, text and html",
            "html:1:1: the html is missing; email has subject, text and html"
        )
    );
    EXPECT_THAT(
        told("push", {{"title", "t"}, {"body", "b"}, {"sound", "s"}}),
        ElementsAre("sound:1:1: push has no part sound; it has title and body")
    );
    EXPECT_THAT(told("in_app", {{"title", "t"}, {"body", "b"}}), IsEmpty());
    EXPECT_THAT(told("webhook", {}), ElementsAre(":1:1: there are no templates of webhook"));
}

TEST(lint, subjects_are_one_line_and_nothing_is_empty) {
    const auto of_title = [](std::string title) {
        return told("push", {{"title", std::move(title)}, {"body", "b"}});
    };
    EXPECT_THAT(of_title(" \n"), ElementsAre("title:1:1: the title is empty"));
    EXPECT_THAT(of_title("über\nb"), ElementsAre("title:1:5: the title has more than one line"));
    EXPECT_THAT(of_title("a\rb"), ElementsAre("title:1:2: the title has more than one line"));
    EXPECT_THAT(of_title("a\n"), IsEmpty()) << "the line's own end is dropped";
    EXPECT_THAT(of_title("\xff"), ElementsAre("title:1:1: the text is not UTF-8"));
}

TEST(lint, a_part_holds_no_line_that_begins_another) {
    EXPECT_THAT(
        of_sms("a\n{{! push.body }}\n{{! a word }}"), ElementsAre(HasSubstr("text:2:1: alone on its line"))
    );
}

TEST(lint, sizes_have_limits) {
    const auto chars = [](std::size_t count) { return std::string(count, 'x'); };
    std::string umlauts;
    for (int i = 0; i < 200; ++i) umlauts += "ü";
    EXPECT_THAT(told("push", {{"title", umlauts}, {"body", chars(2000)}}), IsEmpty());
    EXPECT_THAT(
        told("push", {{"title", umlauts + "x"}, {"body", chars(2001)}}),
        ElementsAre(
            "title:1:1: the title has 201 characters, at most 200",
            "body:1:1: the body has 2001 characters, at most 2000"
        )
    );
    EXPECT_THAT(of_sms(chars(1600)), IsEmpty());
    EXPECT_THAT(of_sms(chars(1601)), ElementsAre("text:1:1: the text has 1601 characters, at most 1600"));
    const auto of_mail = [&](std::size_t subject, std::size_t text, std::size_t html) {
        return told("email", {{"subject", chars(subject)}, {"text", chars(text)}, {"html", chars(html)}});
    };
    EXPECT_THAT(of_mail(200, 65'536, 131'072), IsEmpty());
    EXPECT_THAT(
        of_mail(201, 65'537, 131'073),
        ElementsAre(
            "subject:1:1: the subject has 201 characters, at most 200",
            "text:1:1: the text has 65537 bytes, at most 65536",
            "html:1:1: the html has 131073 bytes, at most 131072"
        )
    );
}

TEST(lint, problems_are_told_up_to_a_number) {
    std::string text;
    for (int i = 0; i < 150; ++i) text += "{{nope}}";
    EXPECT_EQ(of_sms(text).size(), 100U);
}

}  // namespace
}  // namespace esm::notifications
