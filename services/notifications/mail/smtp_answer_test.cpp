// Which SMTP replies concern the mail, which the channel, and which name a delay.
#include "services/notifications/mail/smtp_answer.hpp"

#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(smtp_answer, replies_to_the_mail) {
    const auto judge = [](smtp_stage stage, int code) {
        return judge_reply(stage, code, "text", "error").outcome;
    };
    EXPECT_EQ(judge(smtp_stage::envelope, 451), send_outcome::try_later);
    EXPECT_EQ(judge(smtp_stage::envelope, 550), send_outcome::refused);
    EXPECT_EQ(judge(smtp_stage::content, 452), send_outcome::try_later);
    EXPECT_EQ(judge(smtp_stage::content, 554), send_outcome::refused);
}

TEST(smtp_answer, mailboxes_that_are_not_there) {
    const auto judge = [](int code, std::string text, smtp_stage stage = smtp_stage::recipient) {
        return judge_reply(stage, code, std::move(text), "error").outcome;
    };
    EXPECT_EQ(judge(550, "550 no such user here"), send_outcome::gone);
    EXPECT_EQ(judge(550, "550 5.1.1 unknown"), send_outcome::gone);
    EXPECT_EQ(judge(550, "550-5.2.1 disabled"), send_outcome::gone);
    EXPECT_EQ(judge(553, "553 5.1.3 bad form"), send_outcome::gone);
    EXPECT_EQ(judge(550, "550 5.7.1 we do not like your address"), send_outcome::refused);
    EXPECT_EQ(judge(550, "550 5.2.2 full"), send_outcome::refused);
    EXPECT_EQ(judge(554, "554 no"), send_outcome::refused);
    EXPECT_EQ(judge(550, "550 no such user here", smtp_stage::content), send_outcome::refused);
    EXPECT_EQ(judge(451, "451 later"), send_outcome::try_later);
}

TEST(smtp_answer, replies_that_concern_the_channel) {
    const auto judge = [](smtp_stage stage, int code) {
        return judge_reply(stage, code, "text", "error").outcome;
    };
    EXPECT_EQ(judge(smtp_stage::opening, 554), send_outcome::away) << "a greeting that turns everybody away";
    EXPECT_EQ(judge(smtp_stage::opening, 535), send_outcome::away) << "a wrong password";
    EXPECT_EQ(judge(smtp_stage::envelope, 530), send_outcome::away) << "a login is asked for";
    EXPECT_EQ(judge(smtp_stage::envelope, 421), send_outcome::away) << "the server shuts down";
}

TEST(smtp_answer, no_reply_is_the_channels_fault) {
    const auto answer = judge_reply(smtp_stage::envelope, 0, "250 of an earlier command", "connection reset");
    EXPECT_EQ(answer.outcome, send_outcome::away);
    EXPECT_EQ(answer.text, "connection reset");
    EXPECT_EQ(judge_reply(smtp_stage::content, 354, "354 go on", "lost").outcome, send_outcome::away);
}

TEST(smtp_answer, only_a_mail_that_is_wholly_out_may_have_arrived_without_a_reply) {
    for (const auto stage : {smtp_stage::opening, smtp_stage::recipient, smtp_stage::content})
        EXPECT_FALSE(judge_reply(stage, 0, "", "lost").may_have_arrived);
    const auto lost = judge_reply(smtp_stage::handed_over, 0, "", "lost");
    EXPECT_EQ(lost.outcome, send_outcome::away);
    EXPECT_TRUE(lost.may_have_arrived);
    const auto closing = judge_reply(smtp_stage::handed_over, 421, "421 closing", "");
    EXPECT_EQ(closing.outcome, send_outcome::away);
    EXPECT_FALSE(closing.may_have_arrived) << "the server says that it has not taken it";
}

TEST(smtp_answer, delays_that_servers_name) {
    EXPECT_EQ(named_delay("451 4.7.1 Greylisted, try again in 30 seconds"), seconds(30));
    EXPECT_EQ(named_delay("450 Please retry after 5 min."), seconds(300));
    EXPECT_EQ(named_delay("451 Wait 2 Hours"), seconds(7200));
    EXPECT_EQ(named_delay("451 try in 90s"), seconds(90));
    EXPECT_EQ(named_delay("451 come back in 999999 hours"), seconds(24 * 3600)) << "at most a day";
}

TEST(smtp_answer, numbers_that_are_no_delay) {
    EXPECT_FALSE(named_delay("451 4.3.0 Temporary failure").has_value());
    EXPECT_FALSE(named_delay("452 too many recipients, 100 messages").has_value());
    EXPECT_FALSE(named_delay("451 error in 30 mailboxes").has_value());
    EXPECT_FALSE(judge_reply(smtp_stage::envelope, 550, "gone in 30 seconds", "").retry_after.has_value());
}

}  // namespace
}  // namespace esm::notifications
