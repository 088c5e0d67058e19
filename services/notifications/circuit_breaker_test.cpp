// The pause of a channel: who may try, who waits, and when the waiting ends.
#include "services/notifications/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "platform/async/runtime.hpp"

namespace esm::notifications {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

class circuit_breaker_test : public testing::Test {
protected:
    circuit_breaker_test() { runtime_.start(); }

    // Admitted on a shard; the verdict is given by the caller.
    std::future<std::optional<circuit_breaker::pass>> admit(unsigned shard = 0) {
        return asio::co_spawn(runtime_.at(shard), breaker_.admit(), asio::use_future);
    }

    void open() { admit().get()->away(); }

    async::runtime runtime_{2};
    const circuit_breaker_options breaker_options_{milliseconds(40), milliseconds(160)};
    circuit_breaker breaker_{breaker_options_};
};

TEST_F(circuit_breaker_test, closed_admits_everyone) {
    auto first = admit().get();
    auto second = admit(1).get();
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(breaker_.is_open());
}

TEST_F(circuit_breaker_test, open_holds_back_then_lets_one_probe) {
    open();
    EXPECT_TRUE(breaker_.is_open());
    const auto began = steady_clock::now();
    auto first = admit(0);
    auto second = admit(1);
    auto* probe = &first;
    auto* waiter = &second;
    if (second.wait_for(milliseconds(60)) == std::future_status::ready) std::swap(probe, waiter);
    auto pass = probe->get();
    EXPECT_GE(steady_clock::now() - began, milliseconds(35));
    EXPECT_EQ(waiter->wait_for(milliseconds(100)), std::future_status::timeout) << "two probes at once";
    pass->reached();
    EXPECT_TRUE(waiter->get().has_value());
    EXPECT_FALSE(breaker_.is_open());
}

TEST_F(circuit_breaker_test, pauses_double_up_to_the_limit) {
    open();
    std::vector<std::int64_t> pauses;
    for (int i = 0; i < 3; ++i) pauses.push_back(admit().get()->away().count());
    EXPECT_EQ(pauses, (std::vector<std::int64_t>{80, 160, 160}));
}

TEST_F(circuit_breaker_test, late_failures_of_the_same_outage_do_not_lengthen_the_pause) {
    auto one = admit().get();
    auto other = admit().get();
    one->away();
    EXPECT_LE(other->away(), milliseconds(40));
}

TEST_F(circuit_breaker_test, a_probe_without_verdict_gives_its_turn_on) {
    open();
    admit().get().reset();
    EXPECT_EQ(admit().wait_for(milliseconds(500)), std::future_status::ready);
}

TEST_F(circuit_breaker_test, leave_at_once_or_nothing) {
    EXPECT_TRUE(breaker_.try_admit().has_value());
    EXPECT_EQ(breaker_.rests_for(), milliseconds(0));
    open();
    EXPECT_FALSE(breaker_.try_admit().has_value()) << "it rests";
    EXPECT_GT(breaker_.rests_for(), milliseconds(0));
    EXPECT_LE(breaker_.rests_for(), milliseconds(40));
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(breaker_.rests_for(), milliseconds(0));
    auto probe = breaker_.try_admit();
    ASSERT_TRUE(probe.has_value());
    EXPECT_FALSE(breaker_.try_admit().has_value()) << "one probes";
    probe->reached();
    EXPECT_TRUE(breaker_.try_admit().has_value());
    breaker_.stop();
    EXPECT_FALSE(breaker_.try_admit().has_value());
}

TEST_F(circuit_breaker_test, a_pass_may_outlive_its_breaker) {
    auto short_lived = std::make_unique<circuit_breaker>(breaker_options_);
    short_lived->try_admit()->away();
    std::this_thread::sleep_for(breaker_options_.pause_first);
    auto probe = short_lived->try_admit();
    ASSERT_TRUE(probe.has_value());
    auto waiting = asio::co_spawn(
        runtime_.at(0), short_lived->wait_for_turn(std::chrono::seconds(30)), asio::use_future
    );
    EXPECT_EQ(waiting.wait_for(milliseconds(50)), std::future_status::timeout);
    short_lived.reset();
    probe.reset();
    EXPECT_EQ(waiting.wait_for(std::chrono::seconds(5)), std::future_status::ready) << "the turn goes on";
}

TEST_F(circuit_breaker_test, stop_lets_all_go_with_nothing) {
    open();
    auto probing = admit().get();
    auto waiting = admit(1);
    breaker_.stop();
    EXPECT_FALSE(waiting.get().has_value());
    EXPECT_FALSE(admit().get().has_value());
}

}  // namespace
}  // namespace esm::notifications
