// Which messages an event becomes, on both databases: by its rule, by what its user wishes, and by where the
// user can be reached.
#include "services/notifications/catalogue/catalogue_store.hpp"
#include "services/notifications/core_fixture.hpp"

namespace esm::notifications {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr const char* completed = "task.completed.v1";

class drafting_test : public core_fixture {
protected:
    // As an administrator would have stored it before the service started.
    void store_rule(std::string event_type, std::string_view given) {
        const auto made = read_rule(event_type, boost::json::parse(given).as_object());
        ASSERT_TRUE(made.has_value()) << given;
        transact([&](db::transaction& tx) -> awaitable<bool> {
            auto kept = *made;
            kept.version = 1;
            co_return co_await catalogue_store::save_rule(tx, event_type, {1, kept}, now_us());
        });
    }
    void store_template(std::string event_type, std::string channel, part_texts parts) {
        transact([&](db::transaction& tx) -> awaitable<bool> {
            co_return co_await catalogue_store::add_version(
                tx, {event_type, channel, "en"}, {1, std::move(parts), 1, now_us()}
            );
        });
    }
    events::event order_event(std::int64_t order_id, std::int64_t customer_id) {
        const auto data = fmt::format(
            R"({{"orderId":{},"customerId":{},"city":"Graz","card":"4711"}})", order_id, customer_id
        );
        return made("order-events", "order.shipped.v1", "/orders", order_id, data);
    }
};

TEST_P(drafting_test, without_wishes_the_rule_counts) {
    start_with_user();
    apply({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_THAT(ends_of(completed), UnorderedElementsAre("email sent", "in_app sent"));
}

TEST_P(drafting_test, what_the_user_has_turned_off_is_skipped_and_told) {
    start_with_user();
    wish(1000, R"({"events":{"task.completed.v1":{"email":{"enabled":false}}}})");
    apply({task_event(2000, 1000), task_event(2001, 1000, "task.failed.v1")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_THAT(ends_of(completed), UnorderedElementsAre("email skipped", "in_app sent"));
    EXPECT_THAT(ends_of("task.failed.v1"), UnorderedElementsAre("email sent", "in_app sent"));
    const auto skipped = rows_of_type(completed).front();
    EXPECT_EQ(skipped.error_message, "the user has turned it off");
    EXPECT_EQ(skipped.attempts, 0);
    EXPECT_TRUE(attempts_of(skipped.notification_id).empty());

    const auto told = published("notification-events", 1, [](const events::event& each) {
        return each.type == "notification.suppressed.v1";
    });
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].key, std::to_string(skipped.notification_id));
    EXPECT_EQ(boost::json::parse(told[0].data).at("status").as_string(), "skipped");
    EXPECT_EQ(mails().size(), 2U);
}

TEST_P(drafting_test, one_wish_for_everything) {
    start_with_user();
    wish(1000, R"({"events":{"*":{"email":{"enabled":false},"in_app":{"enabled":false}}}})");
    apply({task_event(2000, 1000)});
    EXPECT_THAT(ends_of(completed), UnorderedElementsAre("email skipped", "in_app skipped"));
}

TEST_P(drafting_test, what_the_rule_has_off_and_the_user_on) {
    start_service();
    know(user_with_phone(1000, "ada", "+436641234567"));
    wish(1000, R"({"events":{"task.completed.v1":{"sms":{"enabled":true}}}})");
    apply({task_event(2000, 1000), task_event(2001, 1000, "task.failed.v1")});
    ASSERT_TRUE(eventually([&] { return count(status::failed, "sms") == 1; }));
    const auto texts = rows_of("sms");
    ASSERT_EQ(texts.size(), 1U) << "nobody has asked for the other one";
    EXPECT_EQ(texts[0].event_type, completed);
    EXPECT_EQ(texts[0].recipient, "+436641234567");
    EXPECT_THAT(texts[0].error_message.value_or(""), HasSubstr("notifications.sms_url"));
    EXPECT_THAT(why_dead(), ElementsAre(HasSubstr("then redrive")));
}

TEST_P(drafting_test, a_text_message_to_nobodys_number_is_skipped) {
    start_with_user();
    wish(1000, R"({"events":{"task.completed.v1":{"sms":{"enabled":true}}}})");
    apply({task_event(2000, 1000)});
    ASSERT_EQ(rows_of("sms").size(), 1U);
    EXPECT_EQ(rows_of("sms")[0].status, status::skipped);
    EXPECT_EQ(rows_of("sms")[0].error_message, "the user has no phone number");
}

TEST_P(drafting_test, a_text_message_waits_for_its_contact_too) {
    wish(1000, R"({"events":{"task.completed.v1":{"sms":{"enabled":true}}}})");
    wish(1001, R"({"events":{"task.completed.v1":{"sms":{"enabled":true}}}})");
    start_service();
    apply({task_event(2000, 1000), task_event(2001, 1001)});
    EXPECT_EQ(count(status::pending, "sms"), 2U);
    apply({user_with_phone(1000, "ada", "+436641234567"), user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::skipped, "sms") == 1; }));
    EXPECT_EQ(rows_of("sms")[0].recipient, "+436641234567");
    EXPECT_EQ(rows_of("sms")[1].status, status::skipped) << "the other one has no number";
    EXPECT_EQ(rows_of("sms")[1].error_message, "the user has no phone number");
}

TEST_P(drafting_test, what_is_critical_goes_out_whatever_the_user_wishes) {
    start_with_user();
    wish(1000, R"({"events":{"*":{"email":{"enabled":false,"digestMinutes":60}}}})");
    apply({password_changed(1000)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_THAT(ends_of("user.password_changed.v1"), UnorderedElementsAre("email sent", "in_app sent"));
    EXPECT_TRUE(rows_of_type("user.password_changed.v1").front().critical);
    EXPECT_THAT(mail_of(rows_of("email").back()), ::testing::Not(HasSubstr("List-Unsubscribe")));
}

TEST_P(drafting_test, each_device_gets_its_own_push_message) {
    const auto first = add_device(1000, "phone"), second = add_device(1000, "tablet");
    add_device(1001, "somebody else's");
    start_with_user();
    apply({task_event(2000, 1000)});
    const auto pushes = rows_of("push");
    ASSERT_EQ(pushes.size(), 2U);
    EXPECT_EQ(pushes[0].recipient, std::to_string(first));
    EXPECT_EQ(pushes[1].recipient, std::to_string(second));
    ASSERT_TRUE(eventually([&] { return count(status::failed, "push") == 2; }));
    EXPECT_THAT(rows_of("push")[0].error_message.value_or(""), HasSubstr("no service account"));
    wish(1000, R"({"events":{"*":{"push":{"enabled":false}}}})");
    apply({task_event(2001, 1000)});
    EXPECT_EQ(rows_of("push").size(), 3U) << "one line says that it is off, not one a device";
    EXPECT_EQ(rows_of("push")[2].status, status::skipped);
}

TEST_P(drafting_test, an_inbox_has_its_message_at_once_in_the_users_language) {
    start_service();
    auto german = user_event(1000, "ada");
    german.data.replace(german.data.find(R"("locale":null)"), 13, R"("locale":"de")");
    know(german);
    apply({task_event(2000, 1000, "task.failed.v1")});
    const auto shown = rows_of("in_app").back();
    EXPECT_EQ(shown.status, status::sent);
    EXPECT_EQ(shown.subject, "Aufgabe TASK2000 ist fehlgeschlagen");
    EXPECT_EQ(shown.recipient, "");
    EXPECT_EQ(shown.sent_at, shown.created_at);
    EXPECT_FALSE(shown.read_at.has_value());
    ASSERT_TRUE(shown.content.has_value());
    EXPECT_THAT(std::string(boost::json::parse(*shown.content).at("body").as_string()), HasSubstr("boom"));
    const auto told = told_of("in_app", 2);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[1].type, "notification.sent.v1");
    EXPECT_EQ(told[1].key, std::to_string(shown.notification_id));
    EXPECT_EQ(told[1].causation_id, shown.event_id);
}

TEST_P(drafting_test, a_rule_and_a_template_of_an_administrator_for_a_topic_of_somebody_else) {
    settings_.extra_topics = {"order-events"};
    store_rule(
        "order.shipped.v1",
        R"({"channels":{"email":true},"fields":["orderId","city"],"userField":"customerId"})"
    );
    store_template(
        "order.shipped.v1",
        "email",
        {{"subject", "Order {{event.orderId}} is on its way"},
         {"text", "To {{event.city}}, {{name}}{{event.card}}\n"},
         {"html", "<p>To {{event.city}}</p>\n"}}
    );
    start_with_user();
    apply({order_event(5000, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    const auto mail = mail_of(rows_of("email").back());
    EXPECT_THAT(mail, HasSubstr("Subject: Order 5000 is on its way\r\n"));
    EXPECT_THAT(mail, HasSubstr("To Graz, ada\r\n")) << "a field that the rule does not name stays unknown";
    EXPECT_THAT(ends_of("order.shipped.v1"), ElementsAre("email sent"));
}

TEST_P(drafting_test, without_a_template_it_fails_once_and_waits_as_a_dead_letter) {
    settings_.extra_topics = {"order-events"};
    store_rule("order.shipped.v1", R"({"channels":{"email":true,"in_app":true},"userField":"customerId"})");
    start_with_user();
    apply({order_event(5000, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::failed) == 2; }));
    for (const auto& each : rows_of_type("order.shipped.v1")) {
        EXPECT_EQ(each.attempts, 1);
        EXPECT_THAT(each.error_message.value_or(""), HasSubstr("there is no template for order.shipped.v1"));
    }
    EXPECT_EQ(why_dead().size(), 2U);
    const auto told = published("notification-events", 2, [](const events::event& each) {
        return each.type == "notification.failed.v1";
    });
    EXPECT_EQ(told.size(), 2U);
}

TEST_P(drafting_test, a_poison_event_of_a_batch_goes_alone) {
    start_with_user();
    auto broken = task_event(2001, 1000);
    broken.data = R"({"userId":"somebody"})";
    const auto before = task_event(2000, 1000), after = task_event(2002, 1000);
    apply({before, broken, after});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 3; }));
    EXPECT_EQ(rows_of_type(completed).size(), 4U) << "each neighbour once on each channel";
    const auto dead = published("dlq.notifications.task-processing-events", 1);
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(dead[0].data, broken.data);
    EXPECT_EQ(mails().size(), 3U);
}

TEST_P(drafting_test, a_mail_has_the_link_that_ends_such_mails) {
    settings_.public_url = "https://monitor.example.org";
    start_with_user();
    apply({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    const auto mail = mail_of(rows_of("email").back());
    EXPECT_THAT(
        mail,
        HasSubstr("List-Unsubscribe: <https://monitor.example.org/api/v1/eventstreammonitor/notifications/"
                  "unsubscribe?token=")
    );
    EXPECT_THAT(mail, HasSubstr("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    drafting_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
