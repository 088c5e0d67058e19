// Delivery to a real SMTP server (tools/parts/smtp.py, aiosmtpd): refusals it is told to give, and its
// absence.
#include <gmock/gmock.h>

#include <cstdlib>

#include "services/notifications/mail/smtp_transport.hpp"
#include "services/notifications/service_fixture.hpp"

namespace esm::notifications {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;

class smtp_test : public service_fixture {
protected:
    smtp_test() {
        settings_.smtp_url = fmt::format("smtp://127.0.0.1:{}", port_);
        settings_.smtp_timeout_ms = 3000;
    }
    ~smtp_test() override {
        stop_service();
        tool("stop");
    }

    void tool(const std::string& command) {
        const auto line = fmt::format(
            "/usr/bin/python3 {}/tools/parts/smtp.py {} --dir {} >/dev/null",
            ESM_SOURCE_DIR,
            command,
            smtp_.string()
        );
        ASSERT_EQ(std::system(line.c_str()), 0) << line;
    }
    void start_smtp() { tool(fmt::format("start --port {}", port_)); }

    std::vector<std::filesystem::path> received() { return files(smtp_ / "mailbox"); }

    static unsigned short next_port() {
        static unsigned short next = 23500;
        return next++;
    }

    const unsigned short port_{next_port()};
    const std::filesystem::path smtp_{folder_ / "smtp"};
};

TEST_P(smtp_test, mails_arrive_whole) {
    start_smtp();
    start_service();
    std::vector<events::event> batch;
    for (int i = 0; i < 40; ++i) batch.push_back(user_event(1000 + i, fmt::format("user{}", i)));
    publish(batch);
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 40; }));
    ASSERT_EQ(received().size(), 40U);
    const auto mail = read_file(received().front());
    EXPECT_THAT(
        mail, AllOf(HasSubstr("X-MailFrom: no-reply@eventstreammonitor.local"), HasSubstr("Message-ID: <"))
    );
    EXPECT_THAT(mail, AllOf(HasSubstr("text/plain; charset=utf-8"), HasSubstr("text/html; charset=utf-8")));
    EXPECT_THAT(attempts_of(rows_of("email").front().notification_id).at(0).answer, HasSubstr("250 stored"));
}

TEST_P(smtp_test, a_refusal_for_the_moment_is_retried_after_the_delay_the_server_names) {
    start_smtp();
    tool("refuse --code 451 --text 'try again in 2 seconds' --times 1");
    start_service();
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return count(status::retrying, "email") == 1; }));
    EXPECT_EQ(rows_of("email").front().error_message, "451 try again in 2 seconds");
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    EXPECT_EQ(received().size(), 1U);
    const auto log = attempts_of(rows_of("email").front().notification_id);
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0].outcome, "retry");
    EXPECT_GE(log[1].started_at - log[0].finished_at, 2'000'000);
    EXPECT_EQ(rows_of("email").front().refusals, 1);
    EXPECT_FALSE(rows_of("email").front().error_message.has_value());
}

TEST_P(smtp_test, refusals_use_up_the_attempts) {
    start_smtp();
    tool("refuse --code 451 --text busy");
    settings_.attempts_max = 3;
    start_service();
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return count(status::failed, "email") == 1; }));
    EXPECT_EQ(attempts_of(rows_of("email").front().notification_id).size(), 3U);
    EXPECT_TRUE(received().empty());
}

TEST_P(smtp_test, a_final_refusal_fails_at_once_and_leaves_the_others_alone) {
    start_smtp();
    tool("refuse --code 550 --text 'no such user here' --recipient 'ada@*'");
    start_service();
    publish({user_event(1000, "ada"), user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] {
        return count(status::failed, "email") == 1 && count(status::sent, "email") == 1;
    }));
    const auto row = rows_of("email").front();
    EXPECT_EQ(row.error_message, "550 no such user here");
    EXPECT_EQ(row.attempts, 1);
    const auto log = attempts_of(row.notification_id);
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].outcome, "failed");
    std::vector<std::string> types;
    for (const auto& each : told_of("email", 2)) types.push_back(each.type);
    EXPECT_THAT(types, ::testing::UnorderedElementsAre("notification.failed.v1", "notification.sent.v1"));
}

TEST_P(smtp_test, while_the_server_is_away_attempts_are_not_burned_and_all_arrives_once_it_is_back) {
    settings_.attempts_max = 2;
    settings_.worker_slots_max = 4;
    start_service();
    std::vector<events::event> batch;
    for (int i = 0; i < 30; ++i) batch.push_back(user_event(1000 + i, fmt::format("user{}", i)));
    publish(batch);
    ASSERT_TRUE(eventually([&] { return rows_of("email").size() == 30; }));
    std::this_thread::sleep_for(seconds(2));
    EXPECT_EQ(count(status::failed, "email"), 0U);
    EXPECT_EQ(count(status::sent, "email"), 0U);
    const auto mail = service_->dependencies().front();
    EXPECT_FALSE(runtime_.block_on(mail.is_ready(deadline_in(seconds(1)))));
    EXPECT_FALSE(mail.required);

    start_smtp();
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 30; }));
    EXPECT_EQ(received().size(), 30U);
    for (const auto& each : rows_of("email")) EXPECT_EQ(each.refusals, 0);
    EXPECT_TRUE(runtime_.block_on(mail.is_ready(deadline_in(seconds(1)))));
}

TEST_P(smtp_test, a_server_that_was_restarted_gets_the_next_mail_at_once) {
    start_smtp();
    start_service();
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    tool("kill");
    start_smtp();
    publish({user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_EQ(rows_of("email").back().attempts, 1) << "a kept connection that has closed is no failure";
    EXPECT_EQ(received().size(), 2U);
}

TEST_P(smtp_test, while_the_first_server_is_away_the_second_one_sends) {
    settings_.smtp_fallback_url = settings_.smtp_url;
    settings_.smtp_url = "smtp://127.0.0.1:1";
    start_smtp();
    start_service();
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    const auto log = attempts_of(rows_of("email").front().notification_id);
    ASSERT_EQ(log.size(), 2U) << "nobody waits for the first one to come back";
    EXPECT_EQ(log[0].provider, "primary");
    EXPECT_EQ(log[0].outcome, "retry");
    EXPECT_THAT(log[0].answer, HasSubstr("the mail server is away"));
    EXPECT_EQ(log[1].provider, "fallback");
    EXPECT_EQ(log[1].outcome, "sent");
    EXPECT_EQ(rows_of("email").front().refusals, 0) << "nobody refused it";
    EXPECT_EQ(received().size(), 1U);
    const auto mail = service_->dependencies().front();
    EXPECT_TRUE(runtime_.block_on(mail.is_ready(deadline_in(seconds(1))))) << "mails go out";
}

TEST_P(smtp_test, a_mailbox_that_is_not_there_is_not_written_to_again) {
    start_smtp();
    tool("refuse --code 550 --text '5.1.1 no such user here' --recipient 'ada@*'");
    start_service();
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return count(status::failed, "email") == 1; }));
    publish({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::suppressed, "email") == 1; }));
    EXPECT_EQ(rows_of("email").back().error_message, "bounced: 550 5.1.1 no such user here");
    EXPECT_EQ(rows_of("email").back().attempts, 0);
    EXPECT_TRUE(received().empty());
}

TEST_P(smtp_test, stopping_while_the_server_is_away_gives_the_work_back) {
    start_service();
    publish({user_event(1000, "ada"), user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::retrying, "email") >= 1; }));
    const auto began = std::chrono::steady_clock::now();
    stop_service();
    EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(5));
    EXPECT_EQ(count(status::sending, "email"), 0U);
    start_smtp();
    start_service();
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_EQ(received().size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    smtp_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
