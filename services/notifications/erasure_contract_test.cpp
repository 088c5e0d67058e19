// What user.deleted.v1 leaves of a user in the notification service, on both databases: an id, and nothing
// that comes late changes that.
#include "platform/lease/lease.hpp"
#include "services/notifications/core_fixture.hpp"
#include "services/notifications/erase_user.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications {
namespace {

namespace store = notification_store;
using std::chrono::seconds;

class notification_erasure_test : public core_fixture {
protected:
    // How many rows there were to delete: asked last, since they are gone then.
    std::int64_t contacts_of(std::int64_t user_id) { return deleted(sql::delete_contact, user_id); }
    std::int64_t attempts_at(std::vector<std::int64_t> notification_ids) {
        return deleted(sql::delete_attempts, std::move(notification_ids));
    }
    template <class Key>
    std::int64_t deleted(const db::statement& what, Key of) {
        const auto until = deadline_in(seconds(10));
        return runtime_.block_on(scratch_->get().query(until, what, std::move(of))).affected();
    }

    bool has_lease(std::int64_t notification_id) {
        return transact([&](db::transaction& tx) { return lease::cancel(tx, notification_id); }) !=
               lease::cancel_outcome::absent;
    }

    std::int64_t insert(std::int64_t user_id, int number, const std::string& recipient = "ada@example.org") {
        return transact([&](db::transaction& tx) -> awaitable<std::int64_t> {
            auto given = message_to(user_id, number);
            given.recipient = recipient;
            const auto id = (co_await store::insert_all(tx, {given})).front();
            lease::enqueue(tx, {lease::work{.id = *id, .pool = "email"}});
            co_return *id;
        });
    }

    bool is_erased(std::int64_t user_id) {
        return transact([&](db::transaction& tx) -> awaitable<bool> {
            co_return !(co_await personal_data::erased_among(tx, {user_id, 1999})).empty();
        });
    }

    void erase(erase_user& erasing, std::int64_t user_id) {
        transact([&](db::transaction& tx) -> awaitable<bool> {
            co_await erasing.begin(tx, user_id);
            co_return true;
        });
    }
};

TEST_P(notification_erasure_test, a_deleted_user_leaves_nothing_and_others_everything) {
    start_service();
    publish({user_event(1000, "ada"), user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    publish({task_event(2000, 1000), task_event(2001, 1001)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 4; }));
    std::vector<std::int64_t> ids;
    for (const auto& each : rows()) ids.push_back(each.notification_id);
    publish({deletion(1000), deletion(1000)});
    ASSERT_TRUE(eventually([&] { return rows().size() == 4; }));
    for (const auto& each : rows()) EXPECT_EQ(each.user_id, 1001);
    EXPECT_EQ(rows_of("in_app").size(), 2U);
    EXPECT_EQ(contacts_of(1000), 0);
    EXPECT_EQ(contacts_of(1001), 1);
    EXPECT_EQ(attempts_at(ids), 2);
}

TEST_P(notification_erasure_test, nothing_of_a_deleted_user_is_written_again) {
    start_service();
    publish({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return rows_of("email").size() == 1; })) << "waits for its contact";
    publish({deletion(1000)});
    ASSERT_TRUE(eventually([&] { return rows().empty(); }));
    publish({task_event(2001, 1000), user_event(1000, "ada"), task_event(2002, 1000)});
    publish({user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ASSERT_EQ(rows_of("email").size(), 1U);
    ASSERT_EQ(rows().size(), 2U);
    for (const auto& each : rows()) EXPECT_EQ(each.user_id, 1001);
    EXPECT_EQ(mails().size(), 1U);
    EXPECT_EQ(contacts_of(1000), 0);
}

TEST_P(notification_erasure_test, a_delivery_that_runs_loses_its_lease) {
    erase_user erasing(runtime_, scratch_->get());
    insert(1000, 1);
    const auto kept = insert(1001, 1);
    const auto held = transact([](db::transaction& tx) -> awaitable<std::vector<lease::held>> {
        const lease::lane only{.queue = "default", .tenant = 0, .wanted = 1};
        co_return (co_await lease::claim(tx, "email", {only}, seconds(60), "test")).items;
    });
    ASSERT_EQ(held.size(), 1U);
    EXPECT_FALSE(is_erased(1000));
    erase(erasing, 1000);
    EXPECT_TRUE(is_erased(1000));
    EXPECT_FALSE(transact([&](db::transaction& tx) { return lease::complete(tx, held); })[0].has_value());
    ASSERT_EQ(rows().size(), 1U);
    EXPECT_EQ(rows()[0].notification_id, kept);
    EXPECT_FALSE(has_lease(held[0].id));
    EXPECT_TRUE(has_lease(kept));
}

TEST_P(notification_erasure_test, wishes_devices_endpoints_and_places_of_sign_ins_go_too) {
    for (const std::int64_t user_id : {1000, 1001}) {
        wish(user_id, R"({"events":{"*":{"email":{"digestMinutes":60}}}})");
        add_device(user_id, fmt::format("device of {}", user_id));
        add_hook({user_id, "https://127.0.0.1:1/", {"task.failed.v1"}});
    }
    start_service();
    const auto login = [&](std::int64_t user_id) {
        const auto data = fmt::format(R"({{"userId":{},"userAgent":"a","address":"203.0.113.7"}})", user_id);
        return made("auth-events", "auth.login_succeeded.v1", "/auth", user_id, data);
    };
    apply({user_event(1000, "ada"), user_event(1001, "bob"), login(1000), login(1001)});
    apply({task_event(2000, 1000), task_event(2001, 1000), task_event(2002, 1001)});
    std::vector<std::int64_t> ids;
    for (const auto& each : rows()) ids.push_back(each.notification_id);
    apply({deletion(1000)});
    ASSERT_TRUE(eventually([&] {
        const auto left = rows();
        return std::none_of(left.begin(), left.end(), [](const auto& each) { return each.user_id == 1000; });
    }));
    for (const auto& [user_id, left] : {std::pair<std::int64_t, std::int64_t>{1000, 0}, {1001, 1}}) {
        EXPECT_EQ(deleted(sql::delete_preference, user_id), left);
        EXPECT_EQ(deleted(sql::delete_devices, user_id), left);
        EXPECT_EQ(deleted(sql::delete_webhooks, user_id), left);
        EXPECT_EQ(deleted(sql::delete_sign_ins, user_id), left);
    }
    stop_service();
    EXPECT_EQ(deleted(sql::delete_items, ids), 2) << "of the one who stays: the welcome and a task";
}

TEST_P(notification_erasure_test, many_notifications_go_in_batches) {
    erase_user erasing(runtime_, scratch_->get());
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 700; ++i) ids.push_back(insert(1000, i));
    erase(erasing, 1000);
    EXPECT_EQ(rows().size(), 200U) << "the consumer's transaction stays small";
    erasing.start();
    EXPECT_TRUE(eventually([&] { return rows().empty(); }));
    runtime_.block_on(erasing.stop());
    for (const auto each : ids) EXPECT_FALSE(has_lease(each));
}

TEST_P(notification_erasure_test, suppressed_addresses_go_too_those_of_old_messages_also) {
    start_service();
    apply({user_with_phone(1000, "ada", "+436601234567"), user_event(1001, "bob")});
    insert(1000, 1, "Ada@old.example.org");
    insert(1001, 1, "bob@old.example.org");
    for (const auto* address :
         {"ADA@example.org", "ada@OLD.example.org", "bob@example.org", "bob@old.example.org"}) {
        suppress("email", address, "bounced");
    }
    suppress("sms", "+436601234567", "complained");
    suppress("sms", "+436609999999", "complained");
    apply({deletion(1000)});
    std::vector<std::string> left;
    const auto kept = runtime_.block_on(
        suppression_store::list(scratch_->get(), "", {}, now_us(), 10, deadline_in(seconds(10)))
    );
    for (const auto& each : kept) left.push_back(each.address);
    EXPECT_THAT(left, ::testing::ElementsAre("bob@example.org", "bob@old.example.org", "+436609999999"));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    notification_erasure_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
