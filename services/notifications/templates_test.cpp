// The shipped texts: what they say, and that nobody's name becomes markup.
#include "services/notifications/templates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const contact ada{1000, 1, "ada@example.org", "ada", "Ada", {}};

boost::json::object object(std::string_view text) {
    return boost::json::parse(text).as_object();
}

rendered rendered_of(std::string_view name, const boost::json::object& event, const contact& to = ada) {
    return render(name, render_subject(name, event), event, to, "https://monitor.example.org");
}

TEST(templates, welcome) {
    const auto mail = rendered_of("welcome", object(R"({"userId":1000,"username":"ada","firstName":"Ada"})"));
    EXPECT_EQ(mail.subject, "Welcome, Ada");
    EXPECT_THAT(
        mail.text,
        AllOf(HasSubstr("Hello Ada,"), HasSubstr("\"ada\""), HasSubstr("https://monitor.example.org"))
    );
    EXPECT_THAT(
        mail.html, AllOf(HasSubstr("<h1"), HasSubstr("Welcome, Ada"), HasSubstr("<strong>ada</strong>"))
    );
    EXPECT_THAT(mail.html, AllOf(HasSubstr("<title>Welcome, Ada</title>"), HasSubstr("href=\"https://")));
}

TEST(templates, task_completed) {
    const auto mail = rendered_of(
        "task_completed",
        object(
            R"({"taskId":1007,"taskReference":"TASK20261122deadbeef","taskType":"data_processing",
                "completedAt":"2026-11-22T20:44:46Z","processingTime":1.5})"
        )
    );
    EXPECT_EQ(mail.subject, "Task TASK20261122deadbeef is complete");
    EXPECT_THAT(mail.text, AllOf(HasSubstr("Task:      1007"), HasSubstr("Took:      1.500 seconds")));
    EXPECT_THAT(mail.html, AllOf(HasSubstr("TASK20261122deadbeef"), HasSubstr("1.500 seconds")));
}

TEST(templates, task_failed_names_the_reason_or_says_it_is_unknown) {
    const auto told = rendered_of(
        "task_failed", object(R"({"taskReference":"TASK1","taskType":"t","errorMessage":"row 3: no number"})")
    );
    EXPECT_EQ(told.subject, "Task TASK1 failed");
    EXPECT_THAT(told.text, HasSubstr("Reason:   row 3: no number\n"));
    const auto silent = rendered_of("task_failed", object(R"({"taskReference":"TASK1","taskType":"t"})"));
    EXPECT_THAT(silent.text, HasSubstr("Reason:   unknown\n"));
}

TEST(templates, what_is_not_there_leaves_no_empty_lines) {
    const auto event = object(R"({"taskId":7,"taskReference":"TASK1","taskType":"t","errorMessage":"boom"})");
    EXPECT_EQ(
        render("task_failed", "subject", event, ada, "").text,
        "Hello Ada,\n\nyour task TASK1 (t) failed.\n\nTask:     7\nReason:   boom\n\nEventStreamMonitor\n"
    );
    auto retried = event;
    retried["attempt"] = 3;
    EXPECT_EQ(
        render("task_failed", "subject", retried, ada, "https://m.example").text,
        "Hello Ada,\n\nyour task TASK1 (t) failed.\n\nTask:     7\nAttempts: 3\nReason:   boom\n\n"
        "https://m.example\n\nEventStreamMonitor\n"
    );
}

TEST(templates, users_data_is_escaped_in_html_and_left_alone_in_text) {
    const contact eve{1001, 1, "eve@example.org", "eve", "<script>alert('&')</script>{{user.email}}", {}};
    const auto mail = rendered_of("welcome", object(R"({"firstName":"<b>Eve</b>"})"), eve);
    EXPECT_THAT(mail.html, Not(HasSubstr("<script>")));
    EXPECT_THAT(
        mail.html, AllOf(HasSubstr("&lt;script&gt;alert("), HasSubstr("<title>Welcome, &lt;b&gt;Eve"))
    );
    EXPECT_THAT(mail.text, HasSubstr("Hello <script>alert('&')</script>{{user.email}},"));
    EXPECT_THAT(mail.text, Not(HasSubstr("eve@example.org"))) << "data must never be read as a template";
    EXPECT_EQ(mail.subject, "Welcome, <b>Eve</b>");
}

TEST(templates, a_user_without_first_name_is_called_by_the_username) {
    const contact nameless{1002, 1, "n@example.org", "nameless", "", {}};
    EXPECT_THAT(rendered_of("task_failed", {}, nameless).text, HasSubstr("Hello nameless,"));
}

TEST(templates, no_link_without_a_public_address) {
    const auto mail = render("welcome", "Welcome", {}, ada, "");
    EXPECT_THAT(mail.text, Not(HasSubstr("http")));
    EXPECT_THAT(mail.html, Not(HasSubstr("<a ")));
}

TEST(templates, an_unknown_name_throws) {
    EXPECT_THROW(render_subject("gone", {}), std::invalid_argument);
}

}  // namespace
}  // namespace esm::notifications
