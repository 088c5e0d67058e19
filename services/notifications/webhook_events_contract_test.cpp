// Which events go to which endpoints, on both databases: a user's own ones and everybody's, by their types,
// also events that nobody is written to about.
#include "services/notifications/core_fixture.hpp"
#include "services/notifications/push/loopback_server.hpp"
#include "services/notifications/webhooks/signature_verify.hpp"

namespace esm::notifications {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::http_answer;
using testing::received_request;
using ::testing::UnorderedElementsAre;

class webhook_events_test : public core_fixture {
protected:
    webhook_events_test() { settings_.webhook_allowed_networks = {"127.0.0.1/32"}; }
    ~webhook_events_test() override { stop_service(); }

    std::string answer(const received_request& asked) const {
        if (asked.path == "/gone") return http_answer("410 Gone");
        return http_answer("204 No Content");
    }

    // The types of the events that came to a path.
    std::vector<std::string> types_at(std::string_view path) {
        std::vector<std::string> types;
        for (const auto& each : server_.received(path)) {
            types.emplace_back(boost::json::parse(each.body).at("type").as_string());
        }
        return types;
    }

    events::event created(std::int64_t task_id, std::int64_t user_id) {
        return task_event(task_id, user_id, "task.created.v1");
    }

    testing::loopback_server server_{[this](const received_request& asked) { return answer(asked); }};
};

TEST_P(webhook_events_test, a_user_hears_of_what_is_its_own_also_without_a_rule) {
    const auto id = add_hook({1000, server_.url("/own")});
    start_service();
    const auto own = created(2000, 1000);
    apply({own, created(2001, 1001)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "webhook") == 1; }));
    const auto row = rows_of("webhook").at(0);
    EXPECT_EQ(rows().size(), 1U) << "nobody is written to about it, and others do not hear of it";
    EXPECT_EQ(row.user_id, 1000);
    EXPECT_EQ(row.event_type, "task.created.v1");
    EXPECT_EQ(row.subject, "task.created.v1");
    EXPECT_THAT(row.recipient, HasSubstr(std::to_string(id)));
    const auto got = server_.received("/own").at(0);
    EXPECT_EQ(boost::json::parse(got.body).at("data"), boost::json::parse(own.data)) << "all of it";
    EXPECT_TRUE(testing::verify_webhook(
        got.headers.at("webhook-id"),
        got.headers.at("webhook-timestamp"),
        got.body,
        got.headers.at("webhook-signature"),
        secret_,
        now_us() / 1'000'000
    ));
    EXPECT_EQ(attempts_of(row.notification_id).at(0).outcome, "sent");
    const auto told = told_of("webhook", 1);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].causation_id, own.id);
}

TEST_P(webhook_events_test, one_of_everybody_hears_of_all) {
    add_hook({.user_id = 1, .url = server_.url("/all"), .everyone = true});
    start_service();
    const auto of_nobody = made("auth-events", "auth.key_rotated.v1", "/auth", 1, R"({"keyId":"k1"})");
    apply({created(2000, 1000), created(2001, 1001), of_nobody});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "webhook") == 3; }));
    EXPECT_THAT(
        types_at("/all"), UnorderedElementsAre("task.created.v1", "task.created.v1", "auth.key_rotated.v1")
    );
    for (const auto& each : rows_of("webhook")) EXPECT_EQ(each.user_id, 1) << "its owner's";
}

TEST_P(webhook_events_test, each_gets_the_types_that_it_asked_for) {
    add_hook({1000, server_.url("/failed"), {"task.failed.v1", "task.timed_out.v1"}});
    add_hook({1000, server_.url("/any")});
    start_with_user();
    apply({task_event(2000, 1000), task_event(2001, 1000, "task.failed.v1")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "webhook") == 4; }));
    EXPECT_THAT(types_at("/failed"), ElementsAre("task.failed.v1"));
    EXPECT_THAT(
        types_at("/any"), UnorderedElementsAre("user.registered.v1", "task.completed.v1", "task.failed.v1")
    );
}

TEST_P(webhook_events_test, a_login_from_elsewhere_is_an_event_of_its_own) {
    add_hook({1000, server_.url("/news"), {"auth.new_sign_in.v1"}});
    add_hook({1000, server_.url("/any"), {"auth.new_sign_in.v1", "auth.login_succeeded.v1"}});
    start_with_user();
    const auto login = [&](std::int64_t key, std::string_view agent) {
        return made(
            "auth-events",
            "auth.login_succeeded.v1",
            "/auth",
            key,
            fmt::format(R"({{"userId":1000,"userAgent":"{}","address":"203.0.113.7"}})", agent)
        );
    };
    apply({login(1, "first"), login(2, "second")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "webhook") == 4; }));
    EXPECT_THAT(types_at("/news"), ElementsAre("auth.new_sign_in.v1"));
    EXPECT_THAT(
        types_at("/any"),
        UnorderedElementsAre("auth.login_succeeded.v1", "auth.login_succeeded.v1", "auth.new_sign_in.v1")
    );
}

TEST_P(webhook_events_test, wishes_and_quiet_hours_are_not_for_programs) {
    add_hook({1000, server_.url("/own")});
    wish(1000, quiet_now());
    start_service();
    apply({created(2000, 1000)});
    EXPECT_TRUE(eventually([&] { return count(status::sent, "webhook") == 1; }));
}

TEST_P(webhook_events_test, an_endpoint_that_is_gone_is_asked_no_more) {
    const auto id = add_hook({1000, server_.url("/gone")});
    start_service();
    apply({created(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::failed, "webhook") == 1; }));
    const auto found =
        runtime_.block_on(endpoint_store::find(scratch_->get(), id, deadline_in(std::chrono::seconds(10))));
    ASSERT_TRUE(found.has_value());
    EXPECT_THAT(found->disabled_reason.value_or(""), HasSubstr("410"));
    apply({created(2001, 1000)});
    EXPECT_EQ(rows_of("webhook").size(), 1U);
    EXPECT_EQ(server_.received("/gone").size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    webhook_events_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
