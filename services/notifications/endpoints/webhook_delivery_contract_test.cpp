// From an event to an endpoint, and what an endpoint's answers do to its webhook, on both databases.
#include <gmock/gmock.h>

#include "services/notifications/push/loopback_server.hpp"
#include "services/notifications/routes_fixture.hpp"
#include "services/notifications/webhooks/signature_verify.hpp"

namespace esm::notifications {
namespace {

namespace bj = boost::json;
using testing::http_answer;
using testing::received_request;

class webhook_delivery : public routes_fixture {
protected:
    webhook_delivery() {
        settings_.webhook_allowed_networks = {"127.0.0.1/32"};
        settings_.webhook_backoff_ms = {"20", "20", "20"};
        start_service();
    }

    struct hook {
        std::string path, secret;
        std::int64_t id{0};
    };
    hook made_at(const std::string& url) {
        const auto shown = json(send("POST", "/webhooks", bj::serialize(bj::object{{"url", url}})))
                               .at("webhook")
                               .as_object();
        const auto id = shown.at("webhookId").as_int64();
        return {fmt::format("/webhooks/{}", id), std::string(shown.at("secret").as_string()), id};
    }
    bj::object shown(const hook& of) { return json(send("GET", of.path)).at("webhook").as_object(); }
    std::int64_t tested(const hook& of) {
        const auto reply = send("POST", of.path + "/test");
        EXPECT_EQ(reply.status, 202U) << reply.body;
        return json(reply).at("notificationId").as_int64();
    }
    notification row(std::int64_t id) {
        return *runtime_.block_on(
            notification_store::find(scratch_->get(), id, deadline_in(std::chrono::seconds(10)))
        );
    }
    bool ends(std::int64_t id) {
        return eventually([&] { return is_final(row(id).status); });
    }
    static bool verified(const received_request& got, const std::string& secret) {
        return testing::verify_webhook(
            got.headers.at("webhook-id"),
            got.headers.at("webhook-timestamp"),
            got.body,
            got.headers.at("webhook-signature"),
            secret,
            now_us() / 1'000'000
        );
    }
};

TEST_P(webhook_delivery, a_test_event_is_signed_logged_and_shown) {
    const testing::loopback_server server([](const received_request&) {
        return http_answer("200 OK", "thanks");
    });
    const auto hook = made_at(server.url("/in"));
    const auto call = with(request("POST", hook.path + "/test", user(1000)), "idempotency-key", "k1");
    const auto reply = send(call);
    ASSERT_EQ(reply.status, 202U) << reply.body;
    EXPECT_EQ(send(call).body, reply.body);
    const auto id = json(reply).at("notificationId").as_int64();
    EXPECT_EQ(header(reply, "Location"), fmt::format("{}/{}", base, id));
    ASSERT_TRUE(ends(id));
    EXPECT_EQ(row(id).status, status::sent);
    ASSERT_EQ(server.received().size(), 1U);
    const auto got = server.received().front();
    EXPECT_TRUE(verified(got, hook.secret));
    const auto body = bj::parse(got.body).as_object();
    EXPECT_EQ(body.at("type"), "webhook.test.v1");
    EXPECT_EQ(body.at("data").at("webhookId"), hook.id);

    const auto told = json(send("GET", fmt::format("/{}", id))).at("notification").as_object();
    EXPECT_EQ(told.at("recipient").as_string(), fmt::format("webhook {}", hook.id));
    EXPECT_EQ(told.at("channel"), "webhook");
    EXPECT_EQ(told.at("correlationId"), "correlation-1");
    EXPECT_EQ(told.at("attemptLog").as_array().size(), 1U);
    EXPECT_EQ(send("POST", hook.path + "/test", {}, 1001).status, 404U);
}

TEST_P(webhook_delivery, events_of_its_owner_go_there) {
    const testing::loopback_server server([](const received_request&) {
        return http_answer("204 No Content");
    });
    const auto hook = made_at(server.url());
    publish({task_event(2000, 1000), task_event(2001, 1001)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "webhook") == 1; }));
    const auto got = server.received();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_TRUE(verified(got[0], hook.secret));
    EXPECT_EQ(bj::parse(got[0].body).at("data").at("taskId"), 2000);
}

TEST_P(webhook_delivery, during_a_rotation_both_secrets_sign) {
    const testing::loopback_server server([](const received_request&) { return http_answer("200 OK"); });
    const auto hook = made_at(server.url());
    const auto rotated = json(send("POST", hook.path + "/secret")).at("webhook").as_object();
    ASSERT_TRUE(ends(tested(hook)));
    const auto got = server.received();
    ASSERT_EQ(got.size(), 1U);
    EXPECT_TRUE(verified(got[0], hook.secret));
    EXPECT_TRUE(verified(got[0], std::string(rotated.at("secret").as_string())));
}

TEST_P(webhook_delivery, a_410_disables_until_its_owner_enables_it) {
    std::atomic<bool> gone{true};
    const testing::loopback_server server([&](const received_request&) {
        return gone ? http_answer("410 Gone", "moved out") : http_answer("200 OK");
    });
    const auto hook = made_at(server.url());
    const auto first = tested(hook);
    ASSERT_TRUE(ends(first));
    EXPECT_EQ(row(first).status, status::failed);
    EXPECT_EQ(shown(hook).at("enabled"), false);
    EXPECT_EQ(shown(hook).at("disabledReason"), "410: moved out");
    EXPECT_EQ(send("POST", hook.path + "/test").status, 409U);
    publish({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "in_app") == 1; }));
    EXPECT_EQ(rows_of("webhook").size(), 1U);

    gone = false;
    EXPECT_EQ(send("PATCH", hook.path, R"({"enabled":true})").status, 200U);
    const auto second = tested(hook);
    ASSERT_TRUE(ends(second));
    EXPECT_EQ(row(second).status, status::sent);
}

TEST_P(webhook_delivery, what_waits_for_a_disabled_endpoint_fails_with_the_reason) {
    std::atomic<int> asked{0};
    const testing::loopback_server server([&](const received_request&) {
        ++asked;
        return http_answer("503 Service Unavailable", "", "Retry-After: 1\r\n");
    });
    const auto hook = made_at(server.url());
    const auto id = tested(hook);
    ASSERT_TRUE(eventually([&] { return row(id).status == status::retrying; }));
    send("PATCH", hook.path, R"({"enabled":false})");
    ASSERT_TRUE(ends(id));
    EXPECT_EQ(row(id).status, status::failed);
    EXPECT_EQ(row(id).error_message, "the endpoint is disabled: its owner has turned it off");
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(shown(hook).at("disabledReason"), "its owner has turned it off");
}

TEST_P(webhook_delivery, after_the_last_wait_it_has_failed_and_the_endpoint_stays) {
    const testing::loopback_server server([](const received_request&) {
        return http_answer("500 Internal Server Error", "boom");
    });
    const auto hook = made_at(server.url());
    const auto id = tested(hook);
    ASSERT_TRUE(ends(id));
    EXPECT_EQ(row(id).status, status::failed);
    EXPECT_EQ(row(id).error_message, "500: boom");
    EXPECT_EQ(attempts_of(id).size(), 4U);
    EXPECT_EQ(shown(hook).at("enabled"), true);
}

TEST_P(webhook_delivery, what_waits_for_a_removed_endpoint_fails) {
    const testing::loopback_server server([](const received_request&) {
        return http_answer("503 Service Unavailable", "", "Retry-After: 1\r\n");
    });
    const auto hook = made_at(server.url());
    const auto id = tested(hook);
    ASSERT_TRUE(eventually([&] { return row(id).status == status::retrying; }));
    EXPECT_EQ(send("DELETE", hook.path).status, 204U);
    ASSERT_TRUE(ends(id));
    EXPECT_EQ(row(id).error_message, "the endpoint was removed");
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    webhook_delivery,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
