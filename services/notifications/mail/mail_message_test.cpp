// The text of a mail, line by line: headers that no input can break out of, bodies that any server passes on.
#include "services/notifications/mail/mail_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr instant_us instant = 1'795'380'286'000'000;  // 2026-11-22T20:44:46Z

notification welcome() {
    notification made;
    made.notification_id = 1000;
    made.recipient = "ada@example.org";
    made.created_at = instant;
    made.correlation_id = "0f8b5c1e6f2b4a64";
    return made;
}

std::string composed(const outgoing& message) {
    const mailbox_name from{"EventStreamMonitor", "no-reply@example.com"};
    return compose(message, from, instant).content;
}

std::string composed(const notification& of, const std::string& subject) {
    return composed({of, {subject, "Hello Ada\n", "<p>Hello Ada</p>\n"}, {}, {}});
}

TEST(mail_message, headers_and_both_alternatives) {
    const auto mail = composed(welcome(), "Welcome, Ada");
    EXPECT_EQ(
        mail,
        "Date: Sun, 22 Nov 2026 20:44:46 +0000\r\n"
        "Message-ID: <1000.1795380286000000@example.com>\r\n"
        "From: \"EventStreamMonitor\" <no-reply@example.com>\r\n"
        "To: ada@example.org\r\n"
        "Subject: Welcome, Ada\r\n"
        "X-Correlation-Id: 0f8b5c1e6f2b4a64\r\n"
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: multipart/alternative; boundary=\"=_1000.1795380286000000\"\r\n"
        "\r\n"
        "--=_1000.1795380286000000\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "Hello Ada\r\n"
        "\r\n"
        "--=_1000.1795380286000000\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n"
        "\r\n"
        "<p>Hello Ada</p>\r\n"
        "\r\n"
        "--=_1000.1795380286000000--\r\n"
    );
}

TEST(mail_message, a_link_that_ends_such_mails_is_a_header_of_one_click) {
    const std::string url = "https://monitor.example.org/unsubscribe?token=abc";
    const auto mail = composed({welcome(), {"Welcome", "Hello Ada\n", "<p>Hello</p>\n"}, {}, url});
    EXPECT_THAT(
        mail,
        HasSubstr("\r\nList-Unsubscribe: <https://monitor.example.org/unsubscribe?token=abc>\r\n"
                  "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")
    );
    EXPECT_THAT(composed(welcome(), "Welcome"), Not(HasSubstr("List-Unsubscribe")));
}

TEST(mail_message, without_html_it_is_plain_text_alone) {
    const auto mail = composed({welcome(), {"Hello", "Only text\n", {}}, {}, {}});
    EXPECT_THAT(
        mail,
        HasSubstr("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: quoted-printable\r\n\r\nOnly text\r\n")
    );
    EXPECT_THAT(mail, Not(HasSubstr("multipart")));
    EXPECT_THAT(mail, Not(HasSubstr("text/html")));
}

TEST(mail_message, the_envelope_has_the_addresses_alone) {
    const mailbox_name from{"EventStreamMonitor", "no-reply@example.com"};
    const auto mail = compose({welcome(), {"Hello", "Text\n", {}}, {}, {}}, from, instant);
    EXPECT_EQ(mail.sender, "no-reply@example.com");
    EXPECT_EQ(mail.recipient, "ada@example.org");
    EXPECT_EQ(mail.notification_id, 1000);
    EXPECT_EQ(mail.created_at, instant);
}

TEST(mail_message, no_input_begins_a_header_of_its_own) {
    auto of = welcome();
    of.correlation_id = "id\r\nBcc: everybody@example.org";
    const auto mail = composed(of, "Task \r\nBcc: all@example.org\n\nbody");
    EXPECT_THAT(mail, Not(HasSubstr("\r\nBcc:")));
    EXPECT_THAT(mail, HasSubstr("\r\nX-Correlation-Id: idBcc:everybody@example.org\r\n"));
}

TEST(mail_encoding, subjects_of_plain_ascii_stay_and_fold) {
    EXPECT_EQ(encode_header_text("Welcome, Ada", 9), "Welcome, Ada");
    const auto lines = encode_header_text(std::string(60, 'a') + " " + std::string(60, 'b'), 9);
    EXPECT_EQ(lines, std::string(60, 'a') + "\r\n " + std::string(60, 'b'));
}

TEST(mail_encoding, other_subjects_become_encoded_words_split_between_characters) {
    EXPECT_EQ(encode_header_text("Žofie", 9), "=?UTF-8?B?xb1vZmll?=");
    std::string umlauts;
    for (int i = 0; i < 40; ++i) umlauts += "ü";
    const auto lines = encode_header_text(umlauts, 9);
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
    for (std::size_t begin = 0; begin < lines.size(); begin = lines.find('\n', begin) + 1) {
        EXPECT_LE(std::min(lines.find('\r', begin), lines.size()) - begin, 75U);
        if (lines.find('\n', begin) == std::string::npos) break;
    }
    EXPECT_THAT(encode_header_text("=?UTF-8?B?forged?=", 9), HasSubstr("=?UTF-8?B?PT9VVEY"));
}

TEST(mail_encoding, quoted_printable) {
    EXPECT_EQ(encode_quoted_printable("a=b\n"), "a=3Db\r\n");
    EXPECT_EQ(encode_quoted_printable("é"), "=C3=A9\r\n");
    EXPECT_EQ(encode_quoted_printable("trailing \nspace"), "trailing=20\r\nspace\r\n");
    EXPECT_EQ(encode_quoted_printable("one\r\ntwo\n\nthree"), "one\r\ntwo\r\n\r\nthree\r\n");
    const auto wrapped = encode_quoted_printable(std::string(100, 'x'));
    EXPECT_EQ(wrapped, std::string(75, 'x') + "=\r\n" + std::string(25, 'x') + "\r\n");
    EXPECT_EQ(encode_quoted_printable(std::string("a\rb\0c", 5)), "a=0Db=00c\r\n");
}

TEST(mail_encoding, addresses) {
    for (const auto* good : {"ada@example.org", "a.b+c@x.example", "o'neill@localhost"}) {
        EXPECT_TRUE(is_mail_address(good)) << good;
    }
    for (const auto* bad :
         {"",
          "ada",
          "@example.org",
          "ada@",
          "a b@example.org",
          "ada@example.org\r\nBcc: x@y",
          "<ada@example.org>",
          "ada@exa@mple.org",
          ".ada@example.org",
          "ada@example..org",
          "\"a\"@example.org",
          "ä@example.org"}) {
        EXPECT_FALSE(is_mail_address(bad)) << bad;
    }
}

TEST(mail_encoding, mailboxes) {
    const auto named = parse_mailbox("Example Shop <no-reply@example.org>");
    ASSERT_TRUE(named.has_value());
    EXPECT_EQ(named->display, "Example Shop");
    EXPECT_EQ(named->address, "no-reply@example.org");
    EXPECT_EQ(parse_mailbox("no-reply@example.org")->display, "");
    EXPECT_FALSE(parse_mailbox("Example Shop").has_value());
    EXPECT_FALSE(parse_mailbox("Shop <no-reply@example.org> more").has_value());
    EXPECT_EQ(
        encode_mailbox({"Häuser, GmbH", "a@b.example"}), "=?UTF-8?B?SMOkdXNlciwgR21iSA==?=\r\n <a@b.example>"
    );
}

}  // namespace
}  // namespace esm::notifications
