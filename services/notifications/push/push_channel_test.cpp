// Each device gets its message by what its kind speaks; one that was removed gets none.
#include "services/notifications/push/push_channel.hpp"

#include <gmock/gmock.h>

#include "services/notifications/push/loopback_server.hpp"
#include "services/notifications/push/test_account.hpp"
#include "services/notifications/push/test_browser.hpp"

namespace esm::notifications {
namespace {

using ::testing::HasSubstr;
using testing::http_answer;
using testing::received_request;

class push_channel_test : public ::testing::Test {
protected:
    push_channel_test() {
        devices_[1] = browser_.subscription(server_.url("/browser"));
        devices_[2] = fcm_device{"device-token"};
    }

    static std::string answer(const received_request& asked) {
        if (asked.path == "/token") return http_answer("200 OK", R"({"access_token":"t","expires_in":3600})");
        return http_answer("200 OK", "{}");
    }

    find_device finder() {
        return [this](std::int64_t id) -> awaitable<std::optional<device>> {
            const auto found = devices_.find(id);
            if (found == devices_.end()) co_return std::nullopt;
            co_return found->second;
        };
    }

    send_answer send(channel& by, std::string recipient) {
        outgoing message;
        message.what.notification_id = 42;
        message.what.event_type = "task.completed.v1";
        message.what.recipient = std::move(recipient);
        message.content = {"Title", "Body", {}};
        return runtime_.block_on(by.send(std::move(message)));
    }

    esm::testing::started_runtime runtime_;
    testing::browser browser_;
    vapid sender_{security::es256_key::generate(), "mailto:operator@example.com"};
    testing::test_account made_;
    fetch::courier courier_{testing::loopback_allowed()};
    testing::loopback_server server_{&push_channel_test::answer};
    web_push to_browsers_{courier_, sender_, {}};
    fcm to_apps_{courier_, made_.account(server_.url("/token")), {server_.url(""), std::chrono::seconds(5)}};
    std::map<std::int64_t, device> devices_;
};

TEST_F(push_channel_test, sends_by_the_kind_of_the_device) {
    push_channel both(finder(), to_browsers_, &to_apps_, "https://console.example");
    EXPECT_EQ(send(both, "1").outcome, send_outcome::accepted);
    ASSERT_EQ(server_.received("/browser").size(), 1U);
    const auto payload = browser_.open(server_.received("/browser").front().body);
    EXPECT_THAT(payload, HasSubstr(R"("url":"https://console.example")"));
    EXPECT_EQ(send(both, "2").outcome, send_outcome::accepted);
    ASSERT_EQ(server_.received("/v1/projects/a-project/messages:send").size(), 1U);
}

TEST_F(push_channel_test, a_device_that_was_removed_is_gone) {
    push_channel both(finder(), to_browsers_, &to_apps_, "");
    for (const auto* recipient : {"3", "", "somebody"}) {
        const auto answer = send(both, recipient);
        EXPECT_EQ(answer.outcome, send_outcome::gone);
        EXPECT_EQ(answer.text, "the device was removed");
    }
    EXPECT_TRUE(server_.received().empty());
}

TEST_F(push_channel_test, apps_need_a_service_account) {
    push_channel browsers_alone(finder(), to_browsers_, nullptr, "");
    const auto answer = send(browsers_alone, "2");
    EXPECT_EQ(answer.outcome, send_outcome::refused);
    EXPECT_EQ(answer.text, "no service account for FCM is configured");
    EXPECT_EQ(send(browsers_alone, "1").outcome, send_outcome::accepted);
}

TEST_F(push_channel_test, a_service_that_is_away_keeps_no_other_from_its_devices) {
    devices_[3] = browser_.subscription("http://127.0.0.1:1/browser");
    fcm nowhere(
        courier_, made_.account("http://127.0.0.1:1/token"), {server_.url(""), std::chrono::seconds(5)}
    );
    push_channel both(finder(), to_browsers_, &nowhere, "");
    EXPECT_EQ(send(both, "2").outcome, send_outcome::try_later);
    EXPECT_EQ(send(both, "3").outcome, send_outcome::try_later);
    EXPECT_EQ(send(both, "1").outcome, send_outcome::accepted);
}

TEST_F(push_channel_test, what_a_stop_cuts_off_says_so) {
    push_channel both(finder(), to_browsers_, &to_apps_, "");
    courier_.stop();
    EXPECT_EQ(send(both, "1").outcome, send_outcome::cut);
    EXPECT_EQ(send(both, "2").outcome, send_outcome::cut) << "for want of a token, too";
}

}  // namespace
}  // namespace esm::notifications
