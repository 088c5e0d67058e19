// A provider and the one that stands in for it: whose turn it is, and that nobody waits for the wrong one.
#include "services/notifications/providers.hpp"

#include <gtest/gtest.h>

#include <future>

#include "platform/testing/support.hpp"

namespace esm::notifications {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class silent_channel final : public channel {
public:
    explicit silent_channel(int& stops) : stops_(stops) {}
    awaitable<send_answer> send(outgoing) override { co_return send_answer{send_outcome::accepted, "", {}}; }
    void stop() override { ++stops_; }

private:
    int& stops_;
};

class providers_test : public ::testing::Test {
protected:
    using turn = std::optional<providers::turn>;

    std::unique_ptr<channel> make() { return std::make_unique<silent_channel>(stops_); }

    std::future<turn> ask(unsigned shard = 0) {
        return asio::co_spawn(runtime_.get().at(shard), both_.admit(), asio::use_future);
    }
    std::string next() {
        auto given = ask().get();
        const std::string name(given->name);
        given->pass.reached();
        return name;
    }
    void leave(std::string_view expected) {
        auto given = ask().get();
        ASSERT_EQ(given->name, expected);
        given->pass.away();
    }

    esm::testing::started_runtime runtime_;
    int stops_{0};
    const circuit_breaker_options options_{milliseconds(150), milliseconds(600)};
    providers both_{make(), make(), options_};
};

TEST_F(providers_test, the_primary_sends_as_long_as_it_is_there) {
    EXPECT_EQ(next(), "primary");
    EXPECT_EQ(next(), "primary");
    EXPECT_FALSE(both_.are_away());
}

TEST_F(providers_test, the_standby_sends_while_the_primary_is_away_and_no_longer) {
    leave("primary");
    EXPECT_EQ(both_.rests_for(), milliseconds(0)) << "somebody is there";
    EXPECT_FALSE(both_.are_away());
    EXPECT_EQ(next(), "fallback");
    EXPECT_EQ(next(), "fallback");
    std::this_thread::sleep_for(milliseconds(160));
    EXPECT_EQ(next(), "primary") << "its pause is over: one looks whether it is back";
    EXPECT_EQ(next(), "primary");
}

TEST_F(providers_test, while_one_looks_whether_the_primary_is_back_the_others_go_by_the_standby) {
    leave("primary");
    std::this_thread::sleep_for(milliseconds(160));
    const auto probe = ask().get();
    EXPECT_EQ(probe->name, "primary");
    EXPECT_EQ(next(), "fallback");
}

TEST_F(providers_test, another_one_steps_in_at_once_or_not_at_all) {
    EXPECT_EQ(both_.instead_of("primary")->name, "fallback");
    EXPECT_EQ(both_.instead_of("fallback")->name, "primary");
    leave("primary");
    EXPECT_FALSE(both_.instead_of("fallback").has_value()) << "it is away itself";
    providers one(make(), nullptr, options_);
    EXPECT_FALSE(one.instead_of("primary").has_value());
}

TEST_F(providers_test, with_both_away_the_first_that_may_be_tried_is) {
    leave("primary");
    std::this_thread::sleep_for(milliseconds(50));
    const auto began = steady_clock::now();
    leave("fallback");
    EXPECT_TRUE(both_.are_away());
    EXPECT_GT(both_.rests_for(), milliseconds(0));
    EXPECT_EQ(next(), "primary");
    EXPECT_GE(steady_clock::now() - began, milliseconds(80));
    EXPECT_LT(steady_clock::now() - began, milliseconds(400));
}

TEST_F(providers_test, who_waits_for_the_one_goes_by_the_other_as_soon_as_it_can) {
    leave("primary");
    leave("fallback");
    std::this_thread::sleep_for(milliseconds(160));
    auto primary_probe = ask().get();
    auto standby_probe = ask().get();
    ASSERT_EQ(primary_probe->name, "primary");
    ASSERT_EQ(standby_probe->name, "fallback");
    auto waiting = ask(1);
    EXPECT_EQ(waiting.wait_for(milliseconds(50)), std::future_status::timeout) << "both are being tried";
    standby_probe->pass.reached();
    ASSERT_EQ(waiting.wait_for(milliseconds(1'000)), std::future_status::ready)
        << "it waits for the primary, which still gives no answer";
    EXPECT_EQ(waiting.get()->name, "fallback");
}

TEST_F(providers_test, alone_it_is_waited_for) {
    providers one(make(), nullptr, options_);
    const auto admit = [&] { return asio::co_spawn(runtime_.get().at(0), one.admit(), asio::use_future); };
    admit().get()->pass.away();
    EXPECT_TRUE(one.are_away());
    const auto began = steady_clock::now();
    const auto again = admit().get();
    EXPECT_EQ(again->name, "primary");
    EXPECT_GE(steady_clock::now() - began, milliseconds(120));
}

TEST_F(providers_test, a_stop_lets_all_go_with_nothing_and_reaches_both) {
    leave("primary");
    leave("fallback");
    auto waiting = ask(1);
    both_.stop_waiting();
    EXPECT_FALSE(waiting.get().has_value());
    EXPECT_FALSE(ask().get().has_value());
    both_.stop_sending();
    EXPECT_EQ(stops_, 2);
}

}  // namespace
}  // namespace esm::notifications
