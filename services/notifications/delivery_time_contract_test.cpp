// When a message goes out, and whether it does, on both databases: digests gather, quiet hours delay,
// suppressed addresses get nothing.
#include "services/notifications/core_fixture.hpp"

namespace esm::notifications {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* hourly = R"({"events":{"task.completed.v1":{"email":{"digestMinutes":60}}}})";
constexpr std::int64_t hour_us = 3'600'000'000;

class delivery_time_test : public core_fixture {
protected:
    // The mails about tasks.
    std::vector<notification> task_mails() {
        auto found = rows_of("email");
        std::erase_if(found, [](const notification& each) { return !each.event_type.starts_with("task."); });
        return found;
    }
    std::vector<notification_store::digest_item> items_of(std::int64_t id) {
        return runtime_.block_on(
            notification_store::list_items(scratch_->get(), id, 100, deadline_in(std::chrono::seconds(10)))
        );
    }
};

TEST_P(delivery_time_test, events_of_one_window_become_one_mail_that_lists_them) {
    start_with_user();
    wish(1000, hourly);
    apply({task_event(2000, 1000)});
    apply({task_event(2001, 1000), task_event(2002, 1000)});
    ASSERT_EQ(task_mails().size(), 1U);
    const auto gathering = task_mails()[0];
    EXPECT_EQ(gathering.status, status::pending);
    EXPECT_EQ(gathering.items, 3);
    ASSERT_TRUE(gathering.deliver_at.has_value());
    EXPECT_NEAR(*gathering.deliver_at - gathering.created_at, hour_us, 1'000'000);
    EXPECT_EQ(items_of(gathering.notification_id).size(), 3U);
    EXPECT_EQ(rows_of("in_app").size(), 4U) << "an inbox was not to be gathered";
    std::this_thread::sleep_for(milliseconds(300));
    EXPECT_EQ(mails().size(), 1U) << "the welcome alone";

    let_time_pass();
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    const auto mail = mail_of(task_mails()[0]);
    EXPECT_THAT(mail, HasSubstr("Subject: 3 new messages\r\n"));
    EXPECT_THAT(
        mail,
        AllOf(
            HasSubstr("Task TASK2000 is complete"),
            HasSubstr("Task TASK2001 is complete"),
            HasSubstr("Task TASK2002 is complete")
        )
    );
    ASSERT_TRUE(eventually([&] { return task_mails()[0].status == status::sent; }));
    EXPECT_EQ(task_mails()[0].subject, "3 new messages");
}

TEST_P(delivery_time_test, a_single_one_is_told_in_its_own_words) {
    start_with_user();
    wish(1000, hourly);
    apply({task_event(2000, 1000)});
    let_time_pass();
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    const auto mail = mail_of(task_mails()[0]);
    EXPECT_THAT(mail, HasSubstr("Subject: Task TASK2000 is complete\r\n"));
    EXPECT_THAT(mail, Not(HasSubstr("new messages")));
}

TEST_P(delivery_time_test, after_the_window_a_new_one_opens) {
    start_with_user();
    wish(1000, hourly);
    apply({task_event(2000, 1000), task_event(2001, 1000)});
    let_time_pass();
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    apply({task_event(2002, 1000)});
    ASSERT_EQ(task_mails().size(), 2U);
    EXPECT_EQ(task_mails()[0].items, 2);
    EXPECT_EQ(task_mails()[1].items, 1);
    EXPECT_EQ(task_mails()[1].status, status::pending);
}

TEST_P(delivery_time_test, each_user_and_event_type_gathers_for_itself) {
    start_with_user();
    know(user_event(1001, "bob"));
    wish(1000, R"({"events":{"*":{"email":{"digestMinutes":60}}}})");
    wish(1001, hourly);
    apply({
        task_event(2000, 1000),
        task_event(2001, 1001),
        task_event(2002, 1000, "task.failed.v1"),
        task_event(2003, 1000),
    });
    const auto gathering = task_mails();
    ASSERT_EQ(gathering.size(), 3U);
    std::vector<std::string> found;
    for (const auto& each : gathering) {
        found.push_back(fmt::format("{} {} {}", each.user_id, each.event_type, each.items));
    }
    EXPECT_THAT(
        found,
        ::testing::UnorderedElementsAre(
            "1000 task.completed.v1 2", "1001 task.completed.v1 1", "1000 task.failed.v1 1"
        )
    );
}

TEST_P(delivery_time_test, a_digest_of_somebody_unknown_waits_for_the_contact_too) {
    start_service();
    wish(1000, hourly);
    apply({task_event(2000, 1000), task_event(2001, 1000)});
    let_time_pass();
    std::this_thread::sleep_for(milliseconds(300));
    EXPECT_TRUE(mails().empty());
    know(user_event(1000, "ada"));
    EXPECT_EQ(mails().size(), 1U) << "the window is still open";
    apply({task_event(2002, 1000)});
    let_time_pass();
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_THAT(mail_of(task_mails()[0]), HasSubstr("Subject: 3 new messages\r\n"));
}

TEST_P(delivery_time_test, an_inbox_can_be_gathered_as_well) {
    start_with_user();
    wish(
        1000, R"({"events":{"task.completed.v1":{"in_app":{"digestMinutes":5},"email":{"enabled":false}}}})"
    );
    apply({task_event(2000, 1000), task_event(2001, 1000)});
    const auto gathering = rows_of("in_app").back();
    EXPECT_EQ(gathering.status, status::pending);
    EXPECT_EQ(gathering.items, 2);
    let_time_pass();
    ASSERT_TRUE(eventually([&] { return rows_of("in_app").back().status == status::sent; }));
    const auto shown = rows_of("in_app").back();
    EXPECT_EQ(shown.subject, "2 new messages");
    const auto body = std::string(boost::json::parse(shown.content.value()).at("body").as_string());
    EXPECT_THAT(body, AllOf(HasSubstr("TASK2000"), HasSubstr("TASK2001")));
}

TEST_P(delivery_time_test, quiet_hours_delay_a_mail_and_lose_none) {
    start_with_user();
    wish(1000, quiet_now());
    apply({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return task_mails()[0].deliver_at.has_value(); }));
    const auto waiting = task_mails()[0];
    EXPECT_EQ(waiting.status, status::pending);
    EXPECT_EQ(waiting.attempts, 0);
    EXPECT_GT(*waiting.deliver_at, now_us() + hour_us / 2);
    EXPECT_LE(*waiting.deliver_at, now_us() + 2 * hour_us + 60'000'000);
    EXPECT_EQ(*waiting.deliver_at % 60'000'000, 0) << "the minute that the user named";
    EXPECT_EQ(rows_of("in_app").back().status, status::sent) << "an inbox makes no noise";
    EXPECT_EQ(mails().size(), 1U);

    wish(1000, R"({"quietHours":null})");
    let_time_pass();
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_TRUE(eventually([&] { return task_mails()[0].status == status::sent; }));
}

TEST_P(delivery_time_test, what_was_turned_off_meanwhile_is_not_sent) {
    start_with_user();
    wish(1000, hourly);
    apply({task_event(2000, 1000), task_event(2001, 1000)});
    wish(1000, R"({"events":{"task.completed.v1":{"email":{"enabled":false,"digestMinutes":60}}}})");
    let_time_pass();
    ASSERT_TRUE(eventually([&] { return task_mails()[0].status == status::skipped; }));
    EXPECT_EQ(task_mails()[0].error_message, "the user has turned it off");
    EXPECT_EQ(task_mails()[0].attempts, 0);
    EXPECT_EQ(mails().size(), 1U) << "the welcome alone";
}

TEST_P(delivery_time_test, what_is_critical_knows_no_quiet_hours) {
    start_with_user();
    wish(1000, quiet_now());
    apply({password_changed(1000)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_THAT(ends_of("user.password_changed.v1"), ElementsAre("email sent", "in_app sent"));
}

TEST_P(delivery_time_test, a_suppressed_address_gets_nothing_not_even_what_is_critical) {
    start_with_user();
    suppress("email", "ada@example.org", "bounced: 550 no such user");
    apply({task_event(2000, 1000), password_changed(1000)});
    ASSERT_TRUE(eventually([&] { return count(status::suppressed, "email") == 2; }));
    const auto row = task_mails()[0];
    EXPECT_EQ(row.error_message, "bounced: 550 no such user");
    EXPECT_EQ(row.attempts, 0);
    EXPECT_TRUE(attempts_of(row.notification_id).empty());
    EXPECT_EQ(mails().size(), 1U);
    EXPECT_TRUE(why_dead().empty()) << "nobody has to do anything about it";
    const auto told = published("notification-events", 2, [](const events::event& each) {
        return each.type == "notification.suppressed.v1";
    });
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(boost::json::parse(told[0].data).at("status").as_string(), "suppressed");
}

TEST_P(delivery_time_test, another_channel_of_a_suppressed_address_is_free) {
    start_with_user();
    suppress("sms", "ada@example.org", "complained");
    apply({task_event(2000, 1000)});
    EXPECT_TRUE(eventually([&] { return mails().size() == 2; }));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    delivery_time_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
