// Following topics with no group, on both drivers: from an instant on, everybody everything, and soon.
#include <gtest/gtest.h>

#include "platform/events/log_support.hpp"

namespace esm::events {
namespace {

using namespace std::chrono_literals;
using testing::eventually;
using testing::numbered;

enum class driver : std::uint8_t { kafka, embedded };

// What a follower has seen, from any thread.
class seen_versions {
public:
    follow_handler handler() {
        return [this](const delivered& each) {
            const std::lock_guard lock(mutex_);
            versions_.push_back(each.value.aggregate_version);
        };
    }
    std::vector<std::int64_t> get() const {
        const std::lock_guard lock(mutex_);
        return versions_;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::int64_t> versions_;
};

class follower_contract : public ::testing::TestWithParam<driver> {
protected:
    follower_contract() : topic(testing::unique_name("follow-test")) {
        if (GetParam() == driver::kafka)
            log = open_kafka(runtime.get(), {.brokers = testing::test_brokers()});
        else
            log = open_embedded(runtime.get(), folder.file("log.db"));
        log->ensure_topics({topic}, 3);
    }

    void publish(std::int64_t version, const std::string& key = "1000") {
        const auto done = runtime.get().block_on(log->publish({numbered(topic, key, version)}, 20s));
        ASSERT_TRUE(done.front());
    }

    testing::started_runtime runtime;
    testing::temporary_folder folder;
    std::unique_ptr<event_log> log;
    const std::string topic;
};

INSTANTIATE_TEST_SUITE_P(
    drivers,
    follower_contract,
    ::testing::Values(driver::kafka, driver::embedded),
    [](const auto& info) { return info.param == driver::kafka ? "kafka" : "embedded"; }
);

TEST_P(follower_contract, reads_back_to_the_instant_and_says_when_it_has) {
    publish(1);
    std::this_thread::sleep_for(50ms);
    const auto since = now_us();
    std::this_thread::sleep_for(50ms);
    publish(2);
    publish(3);
    seen_versions seen;
    const auto following = log->follow({topic}, since, seen.handler());
    ASSERT_TRUE(eventually(20s, [&] { return following->caught_up(); }));
    EXPECT_EQ(seen.get(), (std::vector<std::int64_t>{2, 3}));
}

TEST_P(follower_contract, everybody_gets_what_comes_later_within_a_fraction_of_a_second) {
    publish(1);
    seen_versions first, second;
    const auto one = log->follow({topic}, now_us() + 1'000'000, first.handler());
    const auto other = log->follow({topic}, 0, second.handler());
    ASSERT_TRUE(eventually(20s, [&] { return one->caught_up() && other->caught_up(); }));
    for (std::int64_t version = 2; version < 12; ++version) {
        publish(version, std::to_string(version));
        const auto has = [&](const seen_versions& by) {
            const auto all = by.get();
            return std::find(all.begin(), all.end(), version) != all.end();
        };
        EXPECT_TRUE(eventually(500ms, [&] { return has(first) && has(second); })) << version;
    }
    EXPECT_EQ(first.get().size(), 10U);
    EXPECT_EQ(second.get().size(), 11U);
}

TEST_P(follower_contract, an_empty_topic_is_caught_up) {
    seen_versions seen;
    const auto following = log->follow({topic}, 0, seen.handler());
    EXPECT_TRUE(eventually(20s, [&] { return following->caught_up(); }));
    EXPECT_TRUE(seen.get().empty());
}

}  // namespace
}  // namespace esm::events
