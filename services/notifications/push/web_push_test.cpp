// Messages to browsers over a real connection, and what a push service's replies mean.
#include "services/notifications/push/web_push.hpp"

#include <gmock/gmock.h>

#include "platform/base/json_decoder.hpp"
#include "services/notifications/push/loopback_server.hpp"
#include "services/notifications/push/test_browser.hpp"

namespace esm::notifications {
namespace {

using ::testing::HasSubstr;
using testing::http_answer;
using testing::received_request;
using ::testing::StartsWith;

fetch::reply answered(unsigned status) {
    fetch::reply made;
    made.how = fetch::reply::kind::answered;
    made.status = status;
    made.headers = {{"retry-after", "30"}, {"location", "https://push.example.net/m/1"}};
    made.body = "the service's words";
    return made;
}

TEST(web_push, replies_and_what_they_mean) {
    const auto judge = [](unsigned status) { return judge_web_push(answered(status)); };
    for (const auto status : {200U, 201U, 202U}) EXPECT_EQ(judge(status).outcome, send_outcome::accepted);
    for (const auto status : {404U, 410U}) EXPECT_EQ(judge(status).outcome, send_outcome::gone);
    for (const auto status : {301U, 400U, 401U, 403U, 413U}) {
        EXPECT_EQ(judge(status).outcome, send_outcome::refused) << status;
        EXPECT_EQ(judge(status).text, fmt::format("{}: the service's words", status));
        EXPECT_FALSE(judge(status).retry_after.has_value());
    }
    for (const auto status : {408U, 429U, 500U, 503U}) {
        EXPECT_EQ(judge(status).outcome, send_outcome::try_later) << status;
        EXPECT_EQ(judge(status).retry_after, std::chrono::seconds(30));
    }
    EXPECT_EQ(judge(201).provider_id, "https://push.example.net/m/1");
}

TEST(web_push, no_reply_and_what_it_means) {
    fetch::reply none;
    none.how = fetch::reply::kind::forbidden;
    none.text = "not allowed";
    EXPECT_EQ(judge_web_push(none).outcome, send_outcome::refused);
    EXPECT_EQ(judge_web_push(none).text, "not allowed");
    none.how = fetch::reply::kind::away;
    EXPECT_EQ(judge_web_push(none).outcome, send_outcome::try_later) << "one service stops no other";
    none.how = fetch::reply::kind::stopped;
    EXPECT_EQ(judge_web_push(none).outcome, send_outcome::cut);
}

class web_push_test : public ::testing::Test {
protected:
    send_answer send(web_push& by, web_push_subscription to) {
        push_message message{42, "task.completed.v1", "Title", "Body", "https://console.example", {}};
        return runtime_.block_on(by.send(std::move(message), std::move(to)));
    }

    esm::testing::started_runtime runtime_;
    vapid sender_{security::es256_key::generate(), "mailto:operator@example.com"};
    testing::browser browser_;
};

TEST_F(web_push_test, a_message_as_the_service_gets_it) {
    const testing::loopback_server service([](const received_request&) {
        return http_answer("201 Created", "", "Location: https://push.example.net/m/7\r\n");
    });
    fetch::courier courier(testing::loopback_allowed());
    web_push push(courier, sender_, {std::chrono::hours(2), "high", std::chrono::seconds(5)});
    const auto answer = send(push, browser_.subscription(service.url("/push/abc")));
    EXPECT_EQ(answer.outcome, send_outcome::accepted) << answer.text;
    EXPECT_EQ(answer.provider_id, "https://push.example.net/m/7");

    ASSERT_EQ(service.received().size(), 1U);
    const auto got = service.received().front();
    EXPECT_EQ(got.method, "POST");
    EXPECT_EQ(got.path, "/push/abc");
    EXPECT_EQ(got.headers.at("ttl"), "7200");
    EXPECT_EQ(got.headers.at("urgency"), "high");
    EXPECT_EQ(got.headers.at("topic"), "n42");
    EXPECT_EQ(got.headers.at("content-encoding"), "aes128gcm");
    EXPECT_EQ(got.headers.at("content-type"), "application/octet-stream");
    EXPECT_THAT(got.headers.at("authorization"), StartsWith("vapid t="));
    EXPECT_THAT(got.headers.at("authorization"), HasSubstr(", k=" + sender_.application_server_key()));
    const auto payload = json::parse_object(browser_.open(got.body)).value();
    EXPECT_EQ(payload.at("title").as_string(), "Title");
    EXPECT_EQ(payload.at("notificationId").as_int64(), 42);
}

TEST_F(web_push_test, the_longest_message_still_fits) {
    const testing::loopback_server service([](const received_request&) { return http_answer("201 Created"); }
    );
    fetch::courier courier(testing::loopback_allowed());
    web_push push(courier, sender_, {});
    push_message message{42, "task.completed.v1", "Title", std::string(8000, 'x'), "", {}};
    const auto answer =
        runtime_.block_on(push.send(std::move(message), browser_.subscription(service.url())));
    EXPECT_EQ(answer.outcome, send_outcome::accepted);
    EXPECT_EQ(service.received().front().body.size(), 4096U);
}

TEST_F(web_push_test, a_subscription_that_ended) {
    const testing::loopback_server service([](const received_request&) {
        return http_answer("410 Gone", "push subscription has unsubscribed or expired.\n");
    });
    fetch::courier courier(testing::loopback_allowed());
    web_push push(courier, sender_, {});
    const auto answer = send(push, browser_.subscription(service.url()));
    EXPECT_EQ(answer.outcome, send_outcome::gone);
    EXPECT_EQ(answer.text, "410: push subscription has unsubscribed or expired.");
}

TEST_F(web_push_test, no_endpoint_leads_into_our_network) {
    const testing::loopback_server service([](const received_request&) { return http_answer("201 Created"); }
    );
    fetch::courier courier({});
    web_push push(courier, sender_, {});
    EXPECT_EQ(send(push, browser_.subscription(service.url())).outcome, send_outcome::refused);
    EXPECT_TRUE(service.received().empty());
}

TEST_F(web_push_test, keys_that_broke_are_gone) {
    fetch::courier courier(testing::loopback_allowed());
    web_push push(courier, sender_, {});
    auto broken = browser_.subscription("https://push.example.net/");
    broken.auth.clear();
    EXPECT_EQ(send(push, broken).outcome, send_outcome::gone);
    EXPECT_EQ(send(push, browser_.subscription("no url")).outcome, send_outcome::gone);
}

}  // namespace
}  // namespace esm::notifications
