// What the notification service tells of a user for the user's own export, on both databases: all of it in
// pages, nothing secret, and nothing about anybody else.
#include "services/notifications/core_fixture.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications {
namespace {

namespace bj = boost::json;
namespace store = notification_store;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class notification_export_test : public core_fixture {
protected:
    static store::draft skipped_message_to(std::int64_t user_id, int number) {
        auto given = message_to(user_id, number);
        given.status = status::skipped;
        return given;
    }

    void insert(const std::vector<store::draft>& given) {
        transact([&](db::transaction& tx) { return store::insert_all(tx, given); });
    }

    // Places of sign-ins with a known order.
    void insert_sign_ins(std::int64_t user_id, int count) {
        db::integer_list users, instants;
        db::text_list prints;
        for (int i = 0; i < count; ++i) {
            users.push_back(user_id);
            prints.push_back(fmt::format("{:064x}", i));
            instants.push_back(1'000'000 + i);
        }
        transact([&](db::transaction& tx) -> awaitable<bool> {
            co_await tx.query_bulk(sql::mark_sign_ins, {users, prints, instants});
            co_return true;
        });
    }

    result<personal_data::export_page> page_of(std::int64_t user_id, const std::string& cursor) {
        const context ctx{{}, deadline_in(seconds(10)), {}};
        return runtime_.block_on(service_->export_user(ctx, user_id, cursor));
    }

    bj::object exported(std::int64_t user_id) {
        text_.clear();
        pages_ = 0;
        std::string cursor;
        do {
            const auto page = page_of(user_id, cursor);
            EXPECT_TRUE(page.has_value());
            text_ += page->json;
            cursor = page->next_cursor;
            ++pages_;
        } while (!cursor.empty());
        return bj::parse(text_).as_object();
    }

    std::string text_;
    int pages_{0};
};

TEST_P(notification_export_test, all_of_the_messages_and_nobody_elses) {
    start_service();
    publish({user_event(1000, "ada"), user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    std::vector<store::draft> more;
    for (int i = 0; i < 250; ++i) more.push_back(skipped_message_to(1000, i));
    insert(more);
    const auto found = exported(1000);
    EXPECT_EQ(found.at("contact").at("email").as_string(), "ada@example.org");
    EXPECT_EQ(found.at("contact").at("firstName").as_string(), "ada");
    const auto& all = found.at("notifications").as_array();
    ASSERT_EQ(all.size(), 252U);
    EXPECT_EQ(pages_, 3);
    EXPECT_EQ(all[0].at("subject").as_string(), "Task 249 completed") << "newest first";
    EXPECT_EQ(all[0].at("model").at("taskReference").as_string(), "TASK1");
    EXPECT_EQ(all[250].at("channel").as_string(), "in_app");
    EXPECT_TRUE(all[250].at("content").is_object()) << "what the inbox shows is the user's, too";
    const auto& welcome = all[251];
    EXPECT_EQ(welcome.at("recipient").as_string(), "ada@example.org");
    ASSERT_EQ(welcome.at("attemptLog").as_array().size(), 1U);
    EXPECT_EQ(welcome.at("attemptLog").at(0).at("outcome").as_string(), "sent");
}

TEST_P(notification_export_test, of_who_is_unknown_there_is_nothing) {
    start_service();
    const auto nobody = exported(999);
    EXPECT_TRUE(nobody.at("contact").is_null());
    EXPECT_TRUE(nobody.at("preferences").is_null());
    for (const auto* list : {"devices", "webhooks", "signIns", "notifications"}) {
        EXPECT_TRUE(nobody.at(list).as_array().empty()) << list;
    }
    EXPECT_EQ(page_of(1000, "made up").error().code, errc::invalid_cursor);
}

TEST_P(notification_export_test, wishes_devices_and_endpoints_without_their_secrets) {
    for (const std::int64_t user_id : {1000, 1001}) {
        wish(user_id, fmt::format(R"({{"events":{{"of.{}":{{"sms":{{"enabled":false}}}}}}}})", user_id));
        add_device(user_id, fmt::format("token-of-{}", user_id));
        add_hook({user_id, fmt::format("https://{}.example.org/", user_id), {"task.failed.v1"}});
    }
    start_service();
    const auto found = exported(1000);
    EXPECT_EQ(found.at("preferences").at("events").at("of.1000").at("sms").at("enabled"), false);
    ASSERT_EQ(found.at("devices").as_array().size(), 1U);
    EXPECT_EQ(found.at("devices").at(0).at("kind"), "fcm");
    ASSERT_EQ(found.at("webhooks").as_array().size(), 1U);
    const auto& webhook = found.at("webhooks").at(0);
    EXPECT_EQ(webhook.at("url"), "https://1000.example.org/");
    EXPECT_EQ(webhook.at("eventTypes"), bj::array{"task.failed.v1"});
    EXPECT_FALSE(webhook.as_object().contains("secret"));
    EXPECT_FALSE(found.at("devices").at(0).as_object().contains("token"));
    EXPECT_THAT(text_, Not(HasSubstr("1001")));
}

TEST_P(notification_export_test, places_of_sign_ins_fill_pages_before_the_messages_do) {
    insert_sign_ins(1001, 1);
    start_service();
    for (const int count : {1, 999, 1000, 2001}) {
        const auto user_id = 2000 + count;
        insert_sign_ins(user_id, count);
        insert({skipped_message_to(user_id, 1)});
        const auto found = exported(user_id);
        EXPECT_EQ(pages_, 1 + count / 1000);
        const auto& places = found.at("signIns").as_array();
        ASSERT_EQ(places.size(), static_cast<std::size_t>(count));
        for (int i = 0; i < count; ++i) {
            ASSERT_EQ(places[i].at("fingerprint").as_string(), fmt::format("{:064x}", i));
        }
        EXPECT_EQ(places[0].at("seenAt"), "1970-01-01T00:00:01.000000Z");
        EXPECT_EQ(found.at("notifications").as_array().size(), 1U);
    }
}

TEST_P(notification_export_test, what_a_digest_has_gathered) {
    wish(1000, R"({"events":{"*":{"email":{"digestMinutes":60}}}})");
    start_service();
    apply({user_event(1000, "ada")});
    apply({task_event(2000, 1000), task_event(2001, 1000, "task.completed.v1")});
    const auto found = exported(1000);
    std::vector<std::size_t> gathered;
    for (const auto& each : found.at("notifications").as_array()) {
        if (each.at("channel") != "email" || each.at("eventType") != "task.completed.v1") continue;
        gathered.push_back(each.at("itemLog").as_array().size());
        EXPECT_THAT(std::string(each.at("itemLog").at(1).at("subject").as_string()), HasSubstr("TASK2001"));
    }
    EXPECT_THAT(gathered, ::testing::ElementsAre(2));
}

TEST_P(notification_export_test, what_an_endpoint_was_told_of_others_is_not_its_owners) {
    auto told = skipped_message_to(1, 1);
    told.channel = "webhook";
    told.about_user_id = 1000;
    told.model = R"({"username":"ada"})";
    insert({told, skipped_message_to(1, 2)});
    start_service();
    const auto found = exported(1);
    const auto& all = found.at("notifications").as_array();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_TRUE(all[0].at("model").is_object());
    EXPECT_TRUE(all[1].at("model").is_null());
    EXPECT_THAT(text_, Not(HasSubstr("ada\"")));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    notification_export_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
