// How long failed attempts wait.
#include "services/tasks/retry_policy.hpp"

#include <gtest/gtest.h>

#include "platform/config/values.hpp"

namespace esm::tasks {
namespace {

using namespace std::chrono_literals;

// The longest of many waits: within a tenth of what is possible.
std::chrono::milliseconds longest_wait(const retry_policy& policy, const task& failed) {
    std::chrono::milliseconds longest{0};
    for (int i = 0; i < 2000; ++i) longest = std::max(longest, policy.wait_after(failed, 0ms));
    return longest;
}

task after(std::int64_t attempts, std::int64_t lost = 0) {
    task failed;
    failed.type = "report";
    failed.attempt = attempts;
    failed.lost_attempts = lost;
    return failed;
}

TEST(retry_policy, waits_grow_with_the_attempts_that_cost) {
    const retry_policy policy({1'000ms, 60'000ms});
    for (const auto [attempts, lost, most] :
         {std::tuple{1, 0, 2'000ms}, {2, 0, 4'000ms}, {5, 3, 4'000ms}, {20, 0, 60'000ms}, {25, 0, 60'000ms}
         }) {
        const auto longest = longest_wait(policy, after(attempts, lost));
        EXPECT_LE(longest, most);
        EXPECT_GE(longest, most * 9 / 10) << attempts << " attempts, " << lost << " lost";
    }
}

TEST(retry_policy, a_worker_may_ask_for_more) {
    const retry_policy policy({1ms, 2ms});
    EXPECT_EQ(policy.wait_after(after(1), 5s), 5s);
}

TEST(retry_policy, types_have_waits_of_their_own) {
    retry_policy policy({1'000ms, 300'000ms});
    policy.override_types({"report=5ms:10ms", "other=1h:2h"});
    EXPECT_LE(longest_wait(policy, after(9)), 10ms);
    auto common = after(1);
    common.type = "common";
    EXPECT_GT(longest_wait(policy, common), 1'000ms);
}

TEST(retry_policy, bad_settings_are_named) {
    for (const auto* bad :
         {"report", "report=5s", "report:5s=6s", "report=x:5s", "report=5s:1s", "report=0s:1s"}) {
        retry_policy policy;
        try {
            policy.override_types({bad});
            ADD_FAILURE() << bad;
        } catch (const config::invalid_configuration& refused) {
            EXPECT_NE(std::string(refused.what()).find(bad), std::string::npos) << refused.what();
        }
    }
}

}  // namespace
}  // namespace esm::tasks
