// What user.deleted.v1 leaves of a user in the notification service, on both databases: an id, and nothing
// that comes late changes that. And what the service tells of a user before.
#include "platform/lease/lease.hpp"
#include "services/notifications/erase_user.hpp"
#include "services/notifications/service_fixture.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications {
namespace {

namespace store = notification_store;
using std::chrono::seconds;

class notification_erasure_test : public service_fixture {
protected:
    static events::event deletion(std::int64_t user_id) {
        const auto data =
            fmt::format(R"({{"userId":{},"deletedAt":"2025-01-01T00:00:00.000000Z"}})", user_id);
        return made("user-registration-events", "user.deleted.v1", "/users", user_id, data);
    }

    template <class Work>
    auto transact(Work work) {
        return runtime_.block_on(scratch_->get().transact(deadline_in(seconds(10)), std::move(work)));
    }

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

    std::int64_t insert(std::int64_t user_id, int number) {
        return transact([&](db::transaction& tx) -> awaitable<std::int64_t> {
            store::draft given;
            given.event_id = fmt::format("event-{}-{}", user_id, number);
            given.event_type = "task.completed.v1";
            given.channel = "email";
            given.user_id = user_id;
            given.template_name = "task_completed";
            given.model = R"({"taskReference":"TASK1"})";
            given.subject = fmt::format("Task {} completed", number);
            const auto written = co_await store::insert(tx, given);
            lease::enqueue(tx, {lease::work{.id = written->notification_id, .pool = "email"}});
            co_return written->notification_id;
        });
    }

    bool settled(erase_user& erasing, const events::event& cause) {
        return transact([&](db::transaction& tx) { return erasing.settles(tx, cause, 1000); });
    }

    boost::json::object exported(std::int64_t user_id) {
        std::string text, cursor;
        pages_ = 0;
        const context ctx{{}, deadline_in(seconds(10)), {}};
        do {
            const auto page = runtime_.block_on(service_->export_user(ctx, user_id, cursor));
            EXPECT_TRUE(page.has_value());
            text += page->json;
            cursor = page->next_cursor;
            ++pages_;
        } while (!cursor.empty());
        return boost::json::parse(text).as_object();
    }

    int pages_{0};
};

TEST_P(notification_erasure_test, a_deleted_user_leaves_nothing_and_others_everything) {
    start_service();
    publish({user_event(1000, "ada"), user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::sent) == 2; }));
    publish({task_event(2000, 1000), task_event(2001, 1001)});
    ASSERT_TRUE(eventually([&] { return count(status::sent) == 4; }));
    std::vector<std::int64_t> ids;
    for (const auto& each : rows()) ids.push_back(each.notification_id);
    publish({deletion(1000), deletion(1000)});
    ASSERT_TRUE(eventually([&] { return rows().size() == 2; }));
    for (const auto& each : rows()) EXPECT_EQ(each.user_id, 1001);
    EXPECT_EQ(contacts_of(1000), 0);
    EXPECT_EQ(contacts_of(1001), 1);
    EXPECT_EQ(attempts_at(ids), 2);
}

TEST_P(notification_erasure_test, nothing_of_a_deleted_user_is_written_again) {
    start_service();
    publish({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return rows().size() == 1; })) << "waits for its contact";
    publish({deletion(1000)});
    ASSERT_TRUE(eventually([&] { return rows().empty(); }));
    publish({task_event(2001, 1000), user_event(1000, "ada"), task_event(2002, 1000)});
    publish({user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::sent) == 1; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    ASSERT_EQ(rows().size(), 1U);
    EXPECT_EQ(rows()[0].user_id, 1001);
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
    EXPECT_FALSE(settled(erasing, task_event(2000, 1000)));
    EXPECT_TRUE(settled(erasing, deletion(1000)));
    EXPECT_TRUE(settled(erasing, task_event(2000, 1000)));
    EXPECT_FALSE(transact([&](db::transaction& tx) { return lease::complete(tx, held); })[0].has_value());
    ASSERT_EQ(rows().size(), 1U);
    EXPECT_EQ(rows()[0].notification_id, kept);
    EXPECT_FALSE(has_lease(held[0].id));
    EXPECT_TRUE(has_lease(kept));
}

TEST_P(notification_erasure_test, many_notifications_go_in_batches) {
    erase_user erasing(runtime_, scratch_->get());
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 700; ++i) ids.push_back(insert(1000, i));
    EXPECT_TRUE(settled(erasing, deletion(1000)));
    EXPECT_EQ(rows().size(), 200U) << "the consumer's transaction stays small";
    erasing.start();
    EXPECT_TRUE(eventually([&] { return rows().empty(); }));
    runtime_.block_on(erasing.stop());
    for (const auto each : ids) EXPECT_FALSE(has_lease(each));
}

TEST_P(notification_erasure_test, an_export_shows_all_of_it_and_nobody_elses) {
    start_service();
    publish({user_event(1000, "ada"), user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::sent) == 2; }));
    for (int i = 0; i < 250; ++i) insert(1000, i);
    const auto found = exported(1000);
    EXPECT_EQ(found.at("contact").at("email").as_string(), "ada@example.org");
    EXPECT_EQ(found.at("contact").at("firstName").as_string(), "ada");
    const auto& all = found.at("notifications").as_array();
    ASSERT_EQ(all.size(), 251U);
    EXPECT_EQ(pages_, 3);
    EXPECT_EQ(all[0].at("subject").as_string(), "Task 249 completed") << "newest first";
    EXPECT_EQ(all[0].at("model").at("taskReference").as_string(), "TASK1");
    const auto& welcome = all[250];
    EXPECT_EQ(welcome.at("recipient").as_string(), "ada@example.org");
    ASSERT_EQ(welcome.at("attemptLog").as_array().size(), 1U);
    EXPECT_EQ(welcome.at("attemptLog").at(0).at("outcome").as_string(), "sent");

    const auto nobody = exported(999);
    EXPECT_TRUE(nobody.at("contact").is_null());
    EXPECT_TRUE(nobody.at("notifications").as_array().empty());
    const context ctx{{}, deadline_in(seconds(10)), {}};
    EXPECT_EQ(
        runtime_.block_on(service_->export_user(ctx, 1000, "made up")).error().code, errc::invalid_cursor
    );
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    notification_erasure_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
