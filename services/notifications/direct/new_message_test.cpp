// The rules of a message that somebody asks for.
#include "services/notifications/direct/new_message.hpp"

#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

constexpr instant_us now = 1'700'000'000'000'000;

own_words mail() {
    own_words made;
    made.channel = "email";
    made.address = "ada@example.org";
    made.subject = "Hello";
    made.text = "How are you?";
    return made;
}

own_words to_user(std::string channel) {
    own_words made;
    made.channel = std::move(channel);
    made.user_id = 1000;
    made.text = "text";
    return made;
}

// "pointer code" of each field that is refused.
std::vector<std::string> refused(const new_message& given) {
    std::vector<std::string> all;
    const auto checked = check(given, now);
    if (checked) return all;
    EXPECT_EQ(checked.error().code, errc::validation_failed);
    for (const auto& each : checked.error().fields) all.push_back(each.pointer + " " + each.code);
    return all;
}

using names = std::vector<std::string>;

TEST(new_message, what_is_whole_passes) {
    EXPECT_EQ(refused(mail()), names());
    auto with_html = mail();
    with_html.html = "<p>\n</p>";
    with_html.deliver_at = now + 1;
    with_html.critical = true;
    EXPECT_EQ(refused(with_html), names());
    for (const auto* channel : {"sms", "push", "in_app"}) EXPECT_EQ(refused(to_user(channel)), names());
    auto number = to_user("sms");
    number.user_id.reset();
    number.address = "+14155550100";
    EXPECT_EQ(refused(number), names());
    EXPECT_EQ(refused(imitated_event{"task.completed.v1", {}, 1000}), names());
}

TEST(new_message, exactly_one_recipient_that_its_channel_reaches) {
    auto both = mail();
    both.user_id = 1000;
    EXPECT_EQ(refused(both), names{"/address one_of"});
    auto none = to_user("push");
    none.user_id.reset();
    EXPECT_EQ(refused(none), names{"/userId one_of"});
    none.address = "ada@example.org";
    EXPECT_EQ(refused(none), names{"/address not_allowed"});
    for (const auto* wrong : {"", "ada", "ada@", "ada@example.org\r\nBcc: eve@example.org"}) {
        auto given = mail();
        given.address = wrong;
        EXPECT_EQ(refused(given), names{"/address pattern"}) << wrong;
    }
    auto number = to_user("sms");
    number.user_id.reset();
    number.address = "0664 123";
    EXPECT_EQ(refused(number), names{"/address pattern"});
    auto low = to_user("in_app");
    low.user_id = 999;
    EXPECT_EQ(refused(low), names{"/userId range"});
    EXPECT_EQ(
        refused(imitated_event{"Task Completed", {}, 7}), (names{"/eventType pattern", "/userId range"})
    );
}

TEST(new_message, every_part_has_its_limits) {
    auto given = mail();
    given.subject = "";
    given.text = "";
    given.deliver_at = now + 367LL * 24 * 3600 * 1'000'000;
    EXPECT_EQ(refused(given), (names{"/subject length", "/text length", "/deliverAt range"}));
    given = mail();
    given.subject = "a\nb";
    given.text = std::string(65'537, 'x');
    given.html = std::string(131'073, 'x');
    EXPECT_EQ(refused(given), (names{"/subject pattern", "/text length", "/html length"}));
    given = mail();
    given.subject.clear();
    for (int i = 0; i < 200; ++i) given.subject += "ü";
    EXPECT_EQ(refused(given), names()) << "counted in characters";
    given.subject += "ü";
    EXPECT_EQ(refused(given), names{"/subject length"});
    given = mail();
    given.text = std::string("a\0b", 3);
    EXPECT_EQ(refused(given), names{"/text pattern"});
    auto sms = to_user("sms");
    sms.text = std::string(1'601, 'x');
    sms.subject = "no";
    sms.html = "<p>";
    EXPECT_EQ(refused(sms), (names{"/subject not_allowed", "/text length", "/html not_allowed"}));
    auto push = to_user("push");
    push.text = std::string(2'001, 'x');
    EXPECT_EQ(refused(push), names{"/text length"});
    EXPECT_EQ(refused(to_user("webhook")), names{"/channel not_allowed"});
}

}  // namespace
}  // namespace esm::notifications
