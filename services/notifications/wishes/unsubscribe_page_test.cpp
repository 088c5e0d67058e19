// What people read who follow the link of a mail.
#include "services/notifications/wishes/unsubscribe_page.hpp"

#include <gmock/gmock.h>

#include "platform/http/content_policy.hpp"

namespace esm::notifications {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const unsubscription task_mails{std::int64_t{1000}, "task.completed.v1", "email"};
constexpr auto english = page_language::english, german = page_language::german;

TEST(unsubscribe_page, says_what_would_stop_and_has_one_button) {
    const auto page = page_to_confirm(task_mails, english);
    EXPECT_THAT(page, StartsWith("<!DOCTYPE html>\n<html lang=\"en\">"));
    EXPECT_THAT(page, HasSubstr("we send no more messages about completed tasks by e-mail."));
    EXPECT_THAT(
        page,
        HasSubstr(
            "<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">"
            "<button type=\"submit\">Unsubscribe</button></form>"
        )
    );
    const auto in_german = page_to_confirm(task_mails, german);
    EXPECT_THAT(
        in_german,
        AllOf(
            HasSubstr("<html lang=\"de\">"),
            HasSubstr("senden wir keine Nachrichten über abgeschlossene Aufgaben per E-Mail mehr."),
            HasSubstr("<button type=\"submit\">Abbestellen</button>")
        )
    );
}

TEST(unsubscribe_page, says_how_to_undo_it) {
    EXPECT_THAT(
        page_when_done(task_mails, english),
        AllOf(
            HasSubstr("We send no more messages about completed tasks by e-mail."),
            HasSubstr("<code>PUT /api/v1/eventstreammonitor/notifications/preferences</code>"),
            Not(HasSubstr("<form"))
        )
    );
    EXPECT_THAT(page_when_done(task_mails, german), HasSubstr("schalten Sie sie in Ihren"));
}

TEST(unsubscribe_page, names_kinds_and_channels_that_nobody_has_named) {
    const unsubscription other{std::int64_t{1000}, "order.shipped.v1", "sms"};
    EXPECT_THAT(
        page_to_confirm(other, english),
        HasSubstr("messages of the kind <code>order.shipped.v1</code> by text message.")
    );
    const unsubscription all{std::int64_t{1000}, "*", "push"};
    EXPECT_THAT(
        page_to_confirm(all, german), HasSubstr("senden wir keine Nachrichten als Push-Nachricht mehr.")
    );
}

TEST(unsubscribe_page, an_address_of_no_user_gets_nothing_at_all_and_is_shown_as_text) {
    const unsubscription address{std::string("a&b\"<x>@example.org"), "task.completed.v1", "email"};
    const auto page = page_to_confirm(address, english);
    EXPECT_THAT(
        page, HasSubstr("no more messages by e-mail to <strong>a&amp;b&quot;&lt;x&gt;@example.org</strong>.")
    );
    EXPECT_THAT(page_when_done(address, english), HasSubstr("write to whoever runs this system"));
}

TEST(unsubscribe_page, needs_nothing_from_outside_and_says_so) {
    for (const auto& page :
         {page_to_confirm(task_mails, english),
          page_when_done(task_mails, german),
          page_of_wrong_link(german),
          page_of_failure("<request>", english)}) {
        EXPECT_THAT(page, Not(HasSubstr("http")));
        EXPECT_THAT(page, Not(HasSubstr("<script")));
        for (const auto* mark : {"@lang@", "@title@", "@content@"}) EXPECT_THAT(page, Not(HasSubstr(mark)));
        const auto begin = page.find("<style>") + 7;
        const auto style = page.substr(begin, page.find("</style>") - begin);
        EXPECT_THAT(page_policy(), HasSubstr("style-src " + http::hash_source(style) + ";"));
    }
    EXPECT_THAT(page_policy(), AllOf(StartsWith("default-src 'none';"), HasSubstr("form-action 'self'")));
    EXPECT_THAT(page_of_failure("<request>", english), HasSubstr("<code>&lt;request&gt;</code>"));
}

}  // namespace
}  // namespace esm::notifications
