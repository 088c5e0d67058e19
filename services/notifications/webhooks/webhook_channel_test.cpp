// Events posted to endpoints over a real connection, and what their replies mean.
#include "services/notifications/webhooks/webhook_channel.hpp"

#include <gmock/gmock.h>

#include "services/notifications/push/loopback_server.hpp"
#include "services/notifications/webhooks/signature.hpp"
#include "services/notifications/webhooks/signature_verify.hpp"

namespace esm::notifications {
namespace {

using ::testing::EndsWith;
using testing::http_answer;
using testing::received_request;

fetch::reply answered(unsigned status) {
    fetch::reply made;
    made.how = fetch::reply::kind::answered;
    made.status = status;
    made.headers = {{"retry-after", "30"}};
    return made;
}

TEST(webhook_channel, replies_and_what_they_mean) {
    for (const auto status : {200U, 201U, 202U, 204U, 299U}) {
        EXPECT_EQ(judge_webhook(answered(status)).outcome, send_outcome::accepted) << status;
    }
    EXPECT_EQ(judge_webhook(answered(410)).outcome, send_outcome::gone);
    for (const auto status : {301U, 304U, 400U, 401U, 404U, 413U, 429U, 500U, 503U}) {
        EXPECT_EQ(judge_webhook(answered(status)).outcome, send_outcome::try_later) << status;
        EXPECT_EQ(judge_webhook(answered(status)).retry_after, std::chrono::seconds(30));
    }
    fetch::reply none;
    none.how = fetch::reply::kind::forbidden;
    EXPECT_EQ(judge_webhook(none).outcome, send_outcome::refused);
    none.how = fetch::reply::kind::away;
    EXPECT_EQ(judge_webhook(none).outcome, send_outcome::try_later);
    none.how = fetch::reply::kind::stopped;
    EXPECT_EQ(judge_webhook(none).outcome, send_outcome::cut);
}

class webhook_channel_test : public ::testing::Test {
protected:
    find_endpoint finder() {
        return [this](std::int64_t id) -> awaitable<std::optional<webhook_endpoint>> {
            if (id != 7) co_return std::nullopt;
            co_return endpoint_;
        };
    }
    static outgoing message() {
        outgoing made;
        made.what.notification_id = 42;
        made.what.event_type = "task.completed.v1";
        made.what.recipient = "7";
        made.what.created_at = 1'795'000'000'123'456;
        made.event = {{"taskId", 9}, {"note", "ä€"}};
        return made;
    }
    send_answer send(channel& by, outgoing given = message()) {
        return runtime_.block_on(by.send(std::move(given)));
    }
    bool verified(const received_request& got, std::string_view secret) {
        return testing::verify_webhook(
            got.headers.at("webhook-id"),
            got.headers.at("webhook-timestamp"),
            got.body,
            got.headers.at("webhook-signature"),
            secret,
            now_us() / 1'000'000
        );
    }

    esm::testing::started_runtime runtime_;
    fetch::courier courier_{testing::loopback_allowed()};
    webhook_endpoint endpoint_{"", make_webhook_secret(), std::nullopt, std::nullopt};
};

TEST_F(webhook_channel_test, an_event_as_the_endpoint_gets_it) {
    const testing::loopback_server server([](const received_request&) {
        return http_answer("204 No Content");
    });
    endpoint_.url = server.url("/hooks/1?a=b");
    webhook_channel hooks(courier_, finder(), {std::chrono::seconds(5), "EventStreamMonitor/test"});
    const auto answer = send(hooks);
    EXPECT_EQ(answer.outcome, send_outcome::accepted) << answer.text;
    EXPECT_EQ(answer.text, "204");

    ASSERT_EQ(server.received().size(), 1U);
    const auto got = server.received().front();
    EXPECT_EQ(got.method, "POST");
    EXPECT_EQ(got.path, "/hooks/1?a=b");
    EXPECT_EQ(got.headers.at("content-type"), "application/json");
    EXPECT_EQ(got.headers.at("user-agent"), "EventStreamMonitor/test");
    EXPECT_EQ(got.headers.at("webhook-id"), "msg_42");
    EXPECT_EQ(
        got.body,
        R"({"type":"task.completed.v1","timestamp":"2026-11-18T11:06:40.123456Z",)"
        R"("data":{"taskId":9,"note":"ä€"}})"
    );
    EXPECT_TRUE(verified(got, endpoint_.secret));
}

TEST_F(webhook_channel_test, a_disabled_endpoint_is_not_asked_and_not_buried_again) {
    const testing::loopback_server server([](const received_request&) { return http_answer("200 OK"); });
    endpoint_.url = server.url();
    endpoint_.disabled_reason = "410";
    webhook_channel hooks(courier_, finder(), {});
    const auto answer = send(hooks);
    EXPECT_EQ(answer.outcome, send_outcome::refused);
    EXPECT_EQ(answer.text, "the endpoint is disabled: 410");
    EXPECT_TRUE(server.received().empty());
}

TEST_F(webhook_channel_test, another_attempt_is_the_same_message) {
    const testing::loopback_server server([](const received_request&) {
        return http_answer("503 Service Unavailable", "<b>later</b>\n", "Retry-After: 120\r\n");
    });
    endpoint_.url = server.url();
    webhook_channel hooks(courier_, finder(), {});
    const auto answer = send(hooks);
    EXPECT_EQ(answer.outcome, send_outcome::try_later);
    EXPECT_EQ(answer.text, "503: <b>later</b>");
    EXPECT_EQ(answer.retry_after, std::chrono::seconds(120));
    auto again = message();
    again.what.attempts = 1;
    again.what.version = 3;
    send(hooks, again);
    const auto got = server.received();
    ASSERT_EQ(got.size(), 2U);
    EXPECT_EQ(got[0].headers.at("webhook-id"), got[1].headers.at("webhook-id"));
    EXPECT_EQ(got[0].body, got[1].body);
}

TEST_F(webhook_channel_test, both_secrets_of_a_rotation_verify) {
    const testing::loopback_server server([](const received_request&) { return http_answer("200 OK"); });
    endpoint_.url = server.url();
    endpoint_.previous_secret = make_webhook_secret();
    webhook_channel hooks(courier_, finder(), {});
    send(hooks);
    const auto got = server.received().front();
    EXPECT_TRUE(verified(got, endpoint_.secret));
    EXPECT_TRUE(verified(got, *endpoint_.previous_secret));
    EXPECT_FALSE(verified(got, make_webhook_secret()));
}

TEST_F(webhook_channel_test, an_endpoint_that_was_removed_is_gone) {
    webhook_channel hooks(courier_, finder(), {});
    for (const auto* recipient : {"8", "", "x"}) {
        auto given = message();
        given.what.recipient = recipient;
        const auto answer = send(hooks, given);
        EXPECT_EQ(answer.outcome, send_outcome::gone);
        EXPECT_EQ(answer.text, "the endpoint was removed");
    }
}

TEST_F(webhook_channel_test, no_endpoint_leads_into_our_network) {
    const testing::loopback_server server([](const received_request&) { return http_answer("200 OK"); });
    endpoint_.url = server.url();
    fetch::courier strict({});
    webhook_channel hooks(strict, finder(), {});
    EXPECT_EQ(send(hooks).outcome, send_outcome::refused);
    EXPECT_TRUE(server.received().empty());
}

TEST_F(webhook_channel_test, a_redirect_is_not_followed) {
    const testing::loopback_server server([&](const received_request&) {
        return http_answer("307 Temporary Redirect", "", "Location: /elsewhere\r\n");
    });
    endpoint_.url = server.url("/hook");
    webhook_channel hooks(courier_, finder(), {});
    EXPECT_EQ(send(hooks).outcome, send_outcome::try_later);
    EXPECT_EQ(server.received().size(), 1U);
}

TEST_F(webhook_channel_test, a_long_reply_is_shown_in_part) {
    const testing::loopback_server server([](const received_request&) {
        return http_answer("500 Oops", "\x1b[2J" + std::string(100'000, 'x'));
    });
    endpoint_.url = server.url();
    webhook_channel hooks(courier_, finder(), {});
    EXPECT_EQ(send(hooks).text, "500: [2J" + std::string(197, 'x'));
}

TEST_F(webhook_channel_test, silence_is_the_endpoints_own_fault) {
    const testing::loopback_server server([](const received_request&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(800));
        return http_answer("200 OK");
    });
    endpoint_.url = server.url();
    webhook_channel hooks(courier_, finder(), {std::chrono::milliseconds(200), "test"});
    EXPECT_EQ(send(hooks).outcome, send_outcome::try_later);
    const testing::loopback_server closing([](const received_request&) { return std::string(); });
    endpoint_.url = closing.url();
    EXPECT_EQ(send(hooks).outcome, send_outcome::try_later);
}

TEST_F(webhook_channel_test, what_a_stop_cuts_off_is_nobodys_fault) {
    std::atomic<bool> asked{false};
    const testing::loopback_server server([&](const received_request&) {
        asked = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1500));
        return http_answer("200 OK");
    });
    endpoint_.url = server.url();
    webhook_channel hooks(courier_, finder(), {});
    std::thread stopper([&] {
        esm::testing::eventually(std::chrono::seconds(5), [&] { return asked.load(); });
        courier_.stop();
    });
    EXPECT_EQ(send(hooks).outcome, send_outcome::cut);
    stopper.join();
    EXPECT_EQ(send(hooks).outcome, send_outcome::cut) << "nor is anything begun";
}

TEST_F(webhook_channel_test, a_secret_that_broke_signs_nothing) {
    const testing::loopback_server server([](const received_request&) { return http_answer("200 OK"); });
    endpoint_ = {server.url(), "whsec_short", std::nullopt};
    webhook_channel hooks(courier_, finder(), {});
    EXPECT_EQ(send(hooks).outcome, send_outcome::refused);
    EXPECT_TRUE(server.received().empty());
}

}  // namespace
}  // namespace esm::notifications
