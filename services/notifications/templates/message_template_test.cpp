// What is rendered of a template and an event, and what of it stays parsed.
#include "services/notifications/templates/message_template.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace esm::notifications {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

contact named(std::string first_name) {
    contact to;
    to.email = "ada@example.org";
    to.username = "ada";
    to.first_name = std::move(first_name);
    return to;
}

const contact ada = named("Ada");

std::shared_ptr<const message_template> sms(std::string text, std::string locale = "en") {
    return make_template("task.completed.v1", "sms", std::move(locale), 1, {{"text", std::move(text)}});
}

std::shared_ptr<const message_template> mail(
    std::string html, std::string subject = "s", std::string locale = "en"
) {
    return make_template(
        "task.completed.v1",
        "email",
        std::move(locale),
        1,
        {{"subject", std::move(subject)}, {"text", "t\n\n"}, {"html", std::move(html)}}
    );
}

std::string text_of(const std::string& text, std::string_view event, std::string locale = "en") {
    const auto fields = boost::json::parse(event).as_object();
    return render(sms(text, std::move(locale)), {.event = fields, .to = ada}).text;
}

TEST(message_template, shows_the_event_and_who_it_is_for) {
    const boost::json::object event{{"taskId", 7}};
    const auto made = render(
        sms("{{name}} {{user.username}} {{user.email}} {{event.taskId}} {{publicUrl}} {{unsubscribeUrl}} "
            "{{locale}}\n"),
        {.event = event,
         .to = ada,
         .public_url = "https://m.example",
         .unsubscribe_url = "https://m.example/u"}
    );
    EXPECT_EQ(made.text, "Ada ada ada@example.org 7 https://m.example https://m.example/u en");
    EXPECT_EQ(made.subject, "");
    EXPECT_EQ(made.html, "");
}

TEST(message_template, shows_values_for_people) {
    EXPECT_EQ(text_of("{{event.a}}", R"({"a":1.5})"), "1.500");
    EXPECT_EQ(text_of("{{event.a}}", R"({"a":1.5})", "de-AT"), "1,500");
    EXPECT_EQ(text_of("{{event.a}}", R"({"a":-12345})"), "-12345");
    EXPECT_EQ(text_of("{{event.a}}", R"({"a":"2026-11-22T20:44:46.123456Z"})"), "2026-11-22 20:44 UTC");
    EXPECT_EQ(text_of("{{event.a}}", R"({"a":"2026-13-22T20:44:46Z"})"), "2026-13-22T20:44:46Z");
    EXPECT_EQ(text_of("{{event.a}}", R"({"a":"2026-11-22"})"), "2026-11-22");
    EXPECT_EQ(text_of("{{#event.a}}yes{{/event.a}}", R"({"a":true})"), "yes");
    EXPECT_EQ(text_of("{{#event.a}}yes{{/event.a}}", R"({"a":false})"), "");
    EXPECT_EQ(text_of("{{#event.a}}{{b}},{{/event.a}}", R"({"a":[{"b":1},{"b":"x"}]})"), "1,x,");
    EXPECT_EQ(text_of("{{event.a.b}}", R"({"a":{"b":"c"}})"), "c");
}

TEST(message_template, a_value_that_is_null_or_empty_is_absent) {
    constexpr auto text = "{{#event.a}}there{{/event.a}}{{^event.a}}gone{{/event.a}}";
    EXPECT_EQ(text_of(text, R"({"a":null})"), "gone");
    EXPECT_EQ(text_of(text, R"({"a":""})"), "gone");
    EXPECT_EQ(text_of(text, R"({})"), "gone");
    EXPECT_EQ(text_of(text, R"({"a":0})"), "there");
}

TEST(message_template, calls_people_by_first_name_or_username_or_as_the_event_does) {
    const auto name = [](const contact& to, const boost::json::object& event) {
        return render(sms("Hello{{#name}} {{name}}{{/name}}"), {.event = event, .to = to}).text;
    };
    EXPECT_EQ(name(ada, {{"firstName", "Eve"}}), "Hello Ada");
    EXPECT_EQ(name(named(""), {}), "Hello ada");
    EXPECT_EQ(name({}, {{"firstName", "Eve"}}), "Hello Eve");
    EXPECT_EQ(name({}, {{"username", "eve"}}), "Hello eve");
    EXPECT_EQ(name({}, {}), "Hello");
}

TEST(message_template, a_digest_has_its_fields_in_the_model) {
    const auto of = make_template(
        "digest.v1",
        "push",
        "en",
        1,
        {{"title", "{{count}} for {{name}}"}, {"body", "{{#items}}\n{{subject}} {{at}}\n{{/items}}"}}
    );
    const boost::json::object event{
        {"count", 2},
        {"name", "nobody"},
        {"items", {{{"subject", "a"}, {"at", "2026-11-22T20:44:46Z"}}, {{"subject", "b"}}}},
    };
    const auto made = render(of, {.event = event, .to = ada});
    EXPECT_EQ(made.subject, "2 for Ada");
    EXPECT_EQ(made.text, "a 2026-11-22 20:44 UTC\nb ");
}

TEST(message_template, of_a_mail_has_a_page_around) {
    const auto made = render(
        mail("<h1>{{name}}</h1>\n", "{{event.taskId}} is done"),
        {.event = {{"taskId", 7}}, .to = ada, .unsubscribe_url = "https://m.example/u?a=1&b=2"}
    );
    EXPECT_EQ(made.subject, "7 is done");
    EXPECT_EQ(made.text, "t\n");
    EXPECT_THAT(
        made.html,
        AllOf(
            HasSubstr("<html lang=\"en\">"),
            HasSubstr("<title>7 is done</title>"),
            HasSubstr("\n<h1>Ada</h1>\n"),
            HasSubstr("href=\"https://m.example/u?a=1&amp;b=2\""),
            HasSubstr(">No more of these mails</a>"),
            testing::EndsWith("</html>\n")
        )
    );
    EXPECT_THAT(made.html, Not(HasSubstr("{{")));
}

TEST(message_template, the_page_is_in_the_language_of_the_template) {
    const message_input given{.event = {}, .to = ada, .unsubscribe_url = "https://m.example/u"};
    EXPECT_THAT(
        render(mail("x", "s", "de-AT"), given).html,
        AllOf(HasSubstr("<html lang=\"de-AT\">"), HasSubstr("Keine solchen Mails mehr"))
    );
    EXPECT_THAT(
        render(mail("x", "s", "fr"), given).html,
        AllOf(HasSubstr("<html lang=\"fr\">"), HasSubstr("No more of these mails"))
    );
    EXPECT_THAT(render(mail("x"), {.event = {}, .to = ada}).html, Not(HasSubstr("<a ")));
}

TEST(message_template, what_comes_from_users_is_escaped_in_html_and_never_read_as_a_template) {
    const auto eve = named("<script>alert('&')</script>{{user.email}}");
    const boost::json::object event{{"errorMessage", "\"><b>{{{name}}}"}};
    const auto of = make_template(
        "task.failed.v1",
        "email",
        "en",
        1,
        {{"subject", "{{name}}"},
         {"text", "{{name}}"},
         {"html", "{{name}} <a title=\"{{event.errorMessage}}\">"}}
    );
    const auto made = render(of, {.event = event, .to = eve});
    EXPECT_EQ(made.subject, "<script>alert('&')</script>{{user.email}}");
    EXPECT_EQ(made.text, "<script>alert('&')</script>{{user.email}}\n");
    EXPECT_THAT(
        made.html,
        AllOf(
            HasSubstr("\n&lt;script&gt;alert(&#39;&amp;&#39;)&lt;/script&gt;{{user.email}} <a "
                      "title=\"&quot;&gt;&lt;b&gt;"),
            HasSubstr("<title>&lt;script&gt;"),
            Not(HasSubstr("<script")),
            Not(HasSubstr("ada@example.org"))
        )
    );
}

TEST(message_template, a_subject_stays_one_line) {
    const boost::json::object event{{"taskId", "7\r\nBcc: eve@example.org\x7f"}};
    const auto of = mail("x", "Task {{event.taskId}}\n");
    EXPECT_EQ(render(of, {.event = event, .to = ada}).subject, "Task 7  Bcc: eve@example.org ");
    EXPECT_EQ(render_subject(of, {.event = event, .to = ada}), "Task 7  Bcc: eve@example.org ");
    const auto given = render(of, {.event = event, .to = ada, .subject = "a\nb"});
    EXPECT_EQ(given.subject, "a b");
    EXPECT_THAT(given.html, HasSubstr("<title>a b</title>"));
    EXPECT_EQ(render_subject(sms("x"), {.event = event, .to = ada}), "");
    EXPECT_EQ(render(sms("x"), {.event = event, .to = ada, .subject = "s"}).subject, "");
}

TEST(message_template, is_cut_where_the_channel_has_a_limit) {
    std::string umlauts;
    for (int i = 0; i < 1600; ++i) umlauts += "ü";
    EXPECT_EQ(render(sms("{{event.a}}"), {.event = {{"a", umlauts}}, .to = ada}).text, umlauts);
    const auto cut = render(sms("{{event.a}}"), {.event = {{"a", umlauts + "x"}}, .to = ada}).text;
    EXPECT_EQ(cut, umlauts.substr(0, 2 * 1599) + "…");
    const std::string name(300, 'x');
    EXPECT_EQ(
        render_subject(mail("x", "{{event.a}}"), {.event = {{"a", name}}, .to = ada}),
        name.substr(0, 199) + "…"
    );
}

// Each test of the cache has a thread of its own, and so a cache.
template <class Work>
void on_a_thread(Work work) {
    std::thread(work).join();
}

TEST(parsed_templates, are_kept_and_go_with_their_template) {
    on_a_thread([] {
        auto first = sms("one"), second = sms("two");
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(render(first, {.event = {}, .to = ada}).text, "one");
            EXPECT_EQ(render(second, {.event = {}, .to = ada}).text, "two");
        }
        EXPECT_EQ(count_parsed_templates(), 2U);
        first.reset();
        second.reset();
        const auto third = sms("three");
        EXPECT_EQ(render(third, {.event = {}, .to = ada}).text, "three");
        EXPECT_EQ(count_parsed_templates(), 1U);
    });
}

TEST(parsed_templates, are_bounded_by_the_size_of_their_texts) {
    on_a_thread([] {
        std::vector<std::shared_ptr<const message_template>> held;
        const std::string large(120 * 1024, 'x');
        for (int i = 0; i < 12; ++i) {
            held.push_back(mail(large));
            EXPECT_THAT(render(held.back(), {.event = {}, .to = ada}).html, HasSubstr(large));
            EXPECT_LE(count_parsed_templates(), 4U);
        }
        EXPECT_EQ(count_parsed_templates(), 4U);
        EXPECT_THAT(render(held.front(), {.event = {}, .to = ada}).html, HasSubstr(large))
            << "parsed once more";
    });
}

TEST(parsed_templates, are_one_set_a_thread) {
    const auto shared = mail("<p>{{event.a}}</p>");
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&shared, thread] {
            for (int i = 0; i < 200; ++i) {
                const boost::json::object event{{"a", thread * 1000 + i}};
                const auto expected = "<p>" + std::to_string(thread * 1000 + i) + "</p>";
                EXPECT_THAT(render(shared, {.event = event, .to = ada}).html, HasSubstr(expected));
            }
        });
    }
    for (auto& each : threads) each.join();
}

}  // namespace
}  // namespace esm::notifications
