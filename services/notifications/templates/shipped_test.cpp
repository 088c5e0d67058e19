// The shipped texts: all there in both languages, without a fault, and what they say. With ESM_MAIL_SAMPLES
// naming a folder, the mails are written there to be looked at.
#include "services/notifications/templates/shipped.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "services/notifications/templates/event_fields.hpp"
#include "services/notifications/templates/lint.hpp"
#include "services/notifications/templates/template_file.hpp"
#include "services/notifications/templates/template_set.hpp"

namespace esm::notifications {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::filesystem::path folder =
    std::filesystem::path(ESM_SOURCE_DIR) / "services/notifications/templates/shipped";

contact ada() {
    contact to;
    to.email = "ada@example.org";
    to.username = "ada";
    to.first_name = "Ada";
    return to;
}

boost::json::object object(std::string_view text) {
    return boost::json::parse(text).as_object();
}

boost::json::object sample_of(std::string_view event_type) {
    if (event_type == digest_event_type) {
        return object(
            R"({"count":3,"items":[
                {"subject":"Task TASK20261122deadbeef is complete","at":"2026-11-22T20:44:46Z"},
                {"subject":"Task TASK20261122cafe0001 failed","at":"2026-11-22T21:02:10.5Z"},
                {"subject":"<b>Your</b> export & report","at":"2026-11-23T06:00:00Z"}]})"
        );
    }
    return object(
        R"({"userId":1000,"username":"ada","firstName":"Ada","lastName":"Lovelace","email":"ada@example.org",
            "createdAt":"2026-11-22T20:44:46Z","updatedAt":"2026-11-22T20:44:46Z","reason":"changed",
            "purpose":"email_verification","expiresAt":"2026-11-22T20:54:46Z","code":"042137",
            "token":"kZ3v9","sessionId":"01959a3c","occurredAt":"2026-11-22T20:44:46.589793Z",
            "userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
            "address":"203.0.113.7","taskId":1007,"taskReference":"TASK20261122deadbeef",
            "taskType":"data_processing","attempt":3,"maxAttempts":3,"errorMessage":"row 3: no number",
            "queue":"default","timeoutSeconds":300,"startedAt":"2026-11-22T20:44:46Z",
            "completedAt":"2026-11-22T20:44:46Z","processingTime":1.5})"
    );
}

rendered message(
    std::string_view event_type,
    const boost::json::object& event,
    std::string_view locale = "en",
    std::string_view channel = "email",
    std::string_view public_url = "https://monitor.example.org"
) {
    const auto to = ada();
    const auto of = template_set({}, "en").find(event_type, channel, locale);
    return render(of, {.event = event, .to = to, .public_url = public_url});
}

rendered sample(
    std::string_view event_type, std::string_view locale = "en", std::string_view channel = "email"
) {
    return message(event_type, sample_of(event_type), locale, channel);
}

TEST(shipped, a_digest_says_how_many_it_does_not_list) {
    auto of = sample_of(digest_event_type);
    EXPECT_EQ(message(digest_event_type, of).text.find(" more"), std::string::npos);
    of["count"] = 130;
    of["more"] = 127;
    for (const auto* channel : {"email", "in_app"}) {
        EXPECT_NE(message(digest_event_type, of, "en", channel).text.find("and 127 more"), std::string::npos);
        EXPECT_NE(
            message(digest_event_type, of, "de", channel).text.find("und 127 weitere"), std::string::npos
        );
    }
    EXPECT_NE(message(digest_event_type, of).html.find("and 127 more"), std::string::npos);
}

TEST(shipped, every_file_is_embedded) {
    std::set<std::string> in_folder, embedded;
    for (const auto& each : std::filesystem::directory_iterator(folder))
        in_folder.insert(each.path().filename());
    for (const auto& each : shipped_files()) {
        embedded.insert(std::string(each.name));
        std::ifstream file(folder / each.name);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        EXPECT_EQ(each.text, text) << each.name;
    }
    EXPECT_EQ(embedded, in_folder);
}

TEST(shipped, every_event_has_every_part_in_both_languages) {
    std::set<std::string> expected, found;
    for (const auto& event : all_event_fields()) {
        for (const auto* locale : {"en", "de"}) {
            for (const auto& part : all_parts()) {
                expected.insert(fmt::format("{} {} {}.{}", event.event_type, locale, part.channel, part.name)
                );
            }
        }
    }
    for (const auto& each : shipped_templates()) {
        for (const auto& [name, text] : each->parts) {
            found.insert(fmt::format("{} {} {}.{}", each->event_type, each->locale, each->channel, name));
        }
    }
    EXPECT_EQ(found, expected);
}

TEST(shipped, no_template_has_a_problem) {
    for (const auto& each : shipped_templates()) {
        const auto* fields = find_event_fields(each->event_type);
        ASSERT_NE(fields, nullptr) << each->event_type;
        for (const auto& told : lint(each->channel, each->parts, *fields)) {
            ADD_FAILURE() << fmt::format(
                "{} {} {}.{}:{}:{}: {}",
                each->event_type,
                each->locale,
                each->channel,
                told.part,
                told.line,
                told.column,
                told.message
            );
        }
    }
}

TEST(shipped, files_are_written_as_they_are_read) {
    for (const auto& each : shipped_files()) {
        EXPECT_EQ(write_template_file(parse_template_file(each.text).value()), each.text) << each.name;
    }
}

TEST(shipped, no_message_has_a_gap_or_a_tag_left) {
    for (const auto& each : shipped_templates()) {
        const auto made = sample(each->event_type, each->locale, each->channel);
        const auto where = fmt::format("{} {} {}", each->event_type, each->locale, each->channel);
        EXPECT_THAT(made.text, AllOf(Not(IsEmpty()), Not(HasSubstr("{{")), Not(HasSubstr("\n\n\n"))))
            << where;
        EXPECT_EQ(made.subject.empty(), each->channel == "sms") << where;
        EXPECT_THAT(made.html, AllOf(Not(HasSubstr("{{")), Not(HasSubstr("<b>")))) << where;
    }
}

TEST(shipped, the_code_goes_to_the_mailbox_that_it_proves_alone) {
    for (const auto* event_type : {"user.verification_requested.v1", "user.password_reset_requested.v1"}) {
        for (const auto* locale : {"en", "de"}) {
            const auto mail = sample(event_type, locale);
            EXPECT_THAT(mail.text, AllOf(HasSubstr("    042137\n"), HasSubstr("#token=kZ3v9\n")));
            EXPECT_THAT(mail.html, AllOf(HasSubstr(">042137<"), HasSubstr("#token=kZ3v9\"")));
            for (const auto* channel : {"sms", "push", "in_app"}) {
                const auto other = sample(event_type, locale, channel);
                EXPECT_THAT(
                    other.subject + other.text, AllOf(Not(HasSubstr("042137")), Not(HasSubstr("kZ3v9")))
                );
            }
        }
    }
}

TEST(shipped, an_sms_costs_few_segments) {
    for (const auto& each : shipped_templates()) {
        if (each->channel != "sms") continue;
        const auto text = sample(each->event_type, each->locale, "sms").text;
        EXPECT_LE(text.size(), 240U) << text;
        // One letter outside GSM 03.38 more than halves what a segment holds.
        for (const auto* foreign : {"…", "–", "„", "“", "”", "’"}) EXPECT_THAT(text, Not(HasSubstr(foreign)));
    }
}

TEST(shipped, welcome) {
    const auto mail = sample("user.registered.v1");
    EXPECT_EQ(mail.subject, "Welcome, Ada");
    EXPECT_THAT(
        mail.text,
        AllOf(HasSubstr("Hello Ada,"), HasSubstr("\"ada\""), HasSubstr("\n\nhttps://monitor.example.org\n"))
    );
    EXPECT_THAT(
        mail.html,
        AllOf(
            HasSubstr("<h1"),
            HasSubstr("<title>Welcome, Ada</title>"),
            HasSubstr("<strong>ada</strong>"),
            HasSubstr("href=\"https://")
        )
    );
    EXPECT_EQ(sample("user.registered.v1", "de-CH").subject, "Willkommen, Ada");
}

TEST(shipped, task_completed) {
    const auto mail = sample("task.completed.v1");
    EXPECT_EQ(mail.subject, "Task TASK20261122deadbeef is complete");
    EXPECT_THAT(mail.text, AllOf(HasSubstr("Task:      1007\n"), HasSubstr("Took:      1.500 seconds\n")));
    EXPECT_THAT(mail.html, AllOf(HasSubstr("TASK20261122deadbeef"), HasSubstr("1.500 seconds")));
    EXPECT_THAT(sample("task.completed.v1", "de").text, HasSubstr("Dauer:   1,500 Sekunden\n"));
}

TEST(shipped, what_is_not_there_leaves_no_empty_lines) {
    auto event = object(R"({"taskId":7,"taskReference":"TASK1","taskType":"t","errorMessage":"boom"})");
    EXPECT_EQ(
        message("task.failed.v1", event, "en", "email", "").text,
        "Hello Ada,\n\nyour task TASK1 (t) failed.\n\nTask:     7\nReason:   boom\n\nEventStreamMonitor\n"
    );
    event["attempt"] = 3;
    event["errorMessage"] = nullptr;
    EXPECT_EQ(
        message("task.failed.v1", event, "en", "email", "https://m.example").text,
        "Hello Ada,\n\nyour task TASK1 (t) failed.\n\nTask:     7\nAttempts: 3\nReason:   unknown\n\n"
        "https://m.example\n\nEventStreamMonitor\n"
    );
    EXPECT_THAT(message("task.failed.v1", event, "en", "email", "").html, Not(HasSubstr("<a ")));
}

TEST(shipped, digest) {
    const auto mail = sample("digest.v1");
    EXPECT_EQ(mail.subject, "3 new messages");
    EXPECT_THAT(
        mail.text,
        HasSubstr("\n\n- Task TASK20261122deadbeef is complete (2026-11-22 20:44 UTC)\n"
                  "- Task TASK20261122cafe0001 failed (2026-11-22 21:02 UTC)\n"
                  "- <b>Your</b> export & report (2026-11-23 06:00 UTC)\n\nhttps://monitor.example.org\n")
    );
    EXPECT_THAT(mail.html, HasSubstr("<strong>&lt;b&gt;Your&lt;/b&gt; export &amp; report</strong>"));
    EXPECT_EQ(sample("digest.v1", "de").subject, "3 neue Nachrichten");
}

// Each message as a file, for people to look at: in the folder that ESM_MAIL_SAMPLES names.
TEST(shipped, samples_to_look_at) {
    const auto* named = std::getenv("ESM_MAIL_SAMPLES");
    const std::filesystem::path into = named != nullptr ? named : ::testing::TempDir() + "esm-mail-samples";
    std::filesystem::create_directories(into);
    const auto to = ada();
    for (const auto& each : shipped_templates()) {
        const auto event = sample_of(each->event_type);
        const auto made = render(
            each,
            {.event = event,
             .to = to,
             .public_url = "https://monitor.example.org",
             .unsubscribe_url = "https://monitor.example.org/unsubscribe?t=abc"}
        );
        const auto stem = fmt::format("{}.{}.{}", each->event_type, each->locale, each->channel);
        std::ofstream(into / (stem + ".txt")) << made.subject << "\n\n" << made.text;
        if (!made.html.empty()) std::ofstream(into / (stem + ".html")) << made.html;
        EXPECT_FALSE(made.text.empty()) << stem;
        EXPECT_EQ(made.html.empty(), each->channel != "email") << stem;
    }
    if (named == nullptr) std::filesystem::remove_all(into);
}

}  // namespace
}  // namespace esm::notifications
