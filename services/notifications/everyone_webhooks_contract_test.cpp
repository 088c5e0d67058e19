// Endpoints that hear of everybody, on both databases: what they were to be told of a user goes when the user
// does, and that the user is gone is told to them alone.
#include "services/notifications/catalogue/catalogue_store.hpp"
#include "services/notifications/core_fixture.hpp"
#include "services/notifications/push/loopback_server.hpp"

namespace esm::notifications {
namespace {

using testing::http_answer;
using testing::received_request;
using ::testing::UnorderedElementsAre;

class everyone_webhooks_test : public core_fixture {
protected:
    everyone_webhooks_test() { settings_.webhook_allowed_networks = {"127.0.0.1/32"}; }
    ~everyone_webhooks_test() override { stop_service(); }

    std::int64_t hear_of_everybody(std::string_view path) {
        return add_hook({.user_id = 1, .url = server_.url(path), .everyone = true});
    }

    events::event created(std::int64_t task_id, std::int64_t user_id) {
        return task_event(task_id, user_id, "task.created.v1");
    }

    std::optional<notification> row_about(std::optional<std::int64_t> user_id) {
        for (const auto& each : rows_of("webhook")) {
            if (each.about_user_id == user_id) return each;
        }
        return std::nullopt;
    }

    bool has_lease(std::int64_t notification_id) {
        return transact([&](db::transaction& tx) { return lease::cancel(tx, notification_id); }) !=
               lease::cancel_outcome::absent;
    }

    std::vector<std::string> types_at(std::string_view path) {
        std::vector<std::string> types;
        for (const auto& each : server_.received(path)) {
            types.emplace_back(boost::json::parse(each.body).at("type").as_string());
        }
        return types;
    }

    testing::loopback_server server_{[](const received_request& asked) {
        return http_answer(asked.path == "/away" ? "500 Internal Server Error" : "204 No Content");
    }};
};

TEST_P(everyone_webhooks_test, what_was_to_be_told_of_a_deleted_user_is_erased) {
    hear_of_everybody("/away");
    start_service();
    apply({created(2000, 1000), created(2001, 1001), created(2002, 1)});
    ASSERT_TRUE(eventually([&] { return count(status::retrying, "webhook") == 3; }));
    const auto told = row_about(1000).value().notification_id;
    const auto kept = row_about(1001).value().notification_id;
    ASSERT_TRUE(row_about(std::nullopt).has_value()) << "of its owner";
    ASSERT_FALSE(attempts_of(told).empty());

    apply({deletion(1000)});
    EXPECT_FALSE(row_about(1000).has_value());
    EXPECT_TRUE(attempts_of(told).empty());
    EXPECT_FALSE(has_lease(told));
    EXPECT_TRUE(row_about(1001).has_value());
    EXPECT_FALSE(attempts_of(kept).empty());
    EXPECT_TRUE(has_lease(kept));
}

TEST_P(everyone_webhooks_test, only_they_hear_that_a_user_is_gone) {
    hear_of_everybody("/all");
    add_hook({1000, server_.url("/own")});
    start_service();
    const auto gone = deletion(1000);
    apply({gone});
    apply({created(2000, 1000), created(2001, 1001)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "webhook") == 2; }));
    EXPECT_THAT(types_at("/all"), UnorderedElementsAre("user.deleted.v1", "task.created.v1"));
    EXPECT_TRUE(server_.received("/own").empty());
    EXPECT_EQ(rows().size(), 2U);
    const auto news = rows_of_type("user.deleted.v1").at(0);
    EXPECT_EQ(news.user_id, 1);
    EXPECT_FALSE(news.about_user_id.has_value()) << "else the erasure would take it back";
    const auto body = boost::json::parse(server_.received("/all").at(0).body);
    EXPECT_EQ(body.at("data"), boost::json::parse(gone.data));
}

TEST_P(everyone_webhooks_test, a_rule_writes_to_nobody_who_is_gone) {
    transact([](db::transaction& tx) {
        rule by;
        by.event_type = "user.deleted.v1";
        by.channels = {{"email", true}, {"in_app", true}};
        by.user_field = "deletedAt";
        return catalogue_store::save_rule(tx, by.event_type, {1, by}, now_us());
    });
    start_service();
    apply({user_event(1000, "ada")});
    ASSERT_FALSE(rows().empty());
    apply({deletion(1000)});
    EXPECT_TRUE(rows().empty()) << "the rule hides no deletion either";
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    everyone_webhooks_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
