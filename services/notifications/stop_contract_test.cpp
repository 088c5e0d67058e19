// What a graceful stop does to sends that hang, on both databases: they are cut off together, count nowhere
// and are made again by whoever starts next.
#include <gmock/gmock.h>

#include <future>

#include "services/notifications/push/loopback_server.hpp"
#include "services/notifications/routes_fixture.hpp"

namespace esm::notifications {
namespace {

using std::chrono::seconds;
using testing::http_answer;
using testing::received_request;

// The lanes that hang are one after the other beyond this, and within it together.
constexpr seconds together_within{8};

class stop_contract : public routes_fixture {
protected:
    stop_contract() {
        settings_.webhook_allowed_networks = {"127.0.0.1/32"};
        settings_.webhook_timeout_ms = 60'000;
        settings_.smtp_timeout_ms = 60'000;
    }

    std::chrono::steady_clock::duration stopping_time() {
        const auto began = std::chrono::steady_clock::now();
        stop_service();
        return std::chrono::steady_clock::now() - began;
    }
    std::size_t rows_beyond_inbox() { return rows().size() - rows_of("in_app").size(); }
};

TEST_P(stop_contract, what_hangs_is_cut_off_on_all_channels_at_once_and_counts_nowhere) {
    std::promise<void> opened;
    const auto open = opened.get_future().share();
    const testing::loopback_server endpoint([&](const received_request&) {
        open.wait();
        return http_answer("204 No Content");
    });
    // Reads, and says nothing.
    const testing::loopback_server mail_server([](const received_request&) { return std::string(); });
    settings_.smtp_url = "smtp" + mail_server.url("").substr(4);
    start_service();
    send("POST", "/webhooks", fmt::format(R"({{"url":"{}"}})", endpoint.url()));
    publish({user_event(1000, "ada"), task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] {
        return endpoint.received().size() == 1 && count(status::sending, "email") == 2;
    }));

    EXPECT_LT(stopping_time(), together_within);
    opened.set_value();
    for (const auto& each : rows()) {
        if (each.channel == "in_app") continue;
        EXPECT_EQ(each.status, status::pending) << each.channel;
        EXPECT_EQ(each.attempts, 0) << each.channel;
        EXPECT_EQ(each.refusals, 0) << each.channel;
        EXPECT_TRUE(attempts_of(each.notification_id).empty()) << each.channel;
    }

    const auto all = rows_beyond_inbox();
    settings_.smtp_url.clear();
    start_service();
    EXPECT_TRUE(eventually([&] {
        return count(status::sent, "email") + count(status::sent, "webhook") == all;
    })) << "their leases are free";
    const auto hooks = rows_of("webhook").size();
    EXPECT_TRUE(eventually([&] { return endpoint.received().size() == 2 * hooks; }));
    EXPECT_EQ(mails().size(), count(status::sent, "email"));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    stop_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
