// Whose turn it is, as a courier's queue decides it.
#include "platform/fetch/call_queue.hpp"

#include <gmock/gmock.h>

namespace esm::fetch {
namespace {

using ::testing::ElementsAre;

const deadline start{};

pending_ptr made(std::string host, int seconds = 10) {
    auto call = std::make_unique<pending_call>();
    call->host = std::move(host);
    call->until = start + std::chrono::seconds(seconds);
    return call;
}

bool push(call_queue& queue, std::string host, int seconds = 10) {
    auto call = made(std::move(host), seconds);
    const bool taken = queue.push(call);
    EXPECT_EQ(call == nullptr, taken);
    return taken;
}

// The hosts of all calls that may begin.
std::vector<std::string> begun(call_queue& queue) {
    std::vector<std::string> hosts;
    while (const auto call = queue.next()) hosts.push_back(call->host);
    return hosts;
}

TEST(call_queue, lets_hosts_take_turns) {
    call_queue queue(10, 10, 2);
    for (const auto* host : {"a", "a", "a", "a", "b", "b", "c"}) EXPECT_TRUE(push(queue, host));
    EXPECT_THAT(begun(queue), ElementsAre("a", "b", "c", "a", "b"));
    queue.done("a");
    EXPECT_THAT(begun(queue), ElementsAre("a"));
    queue.done("b");
    EXPECT_THAT(begun(queue), ElementsAre());
}

TEST(call_queue, has_places_and_no_more) {
    call_queue queue(2, 1, 2);
    for (const auto* host : {"a", "b", "c"}) EXPECT_TRUE(push(queue, host));
    EXPECT_FALSE(push(queue, "d"));
    EXPECT_THAT(begun(queue), ElementsAre("a", "b"));
    EXPECT_FALSE(push(queue, "d"));
    queue.done("a");
    EXPECT_TRUE(push(queue, "d"));
    EXPECT_THAT(begun(queue), ElementsAre("c"));
    queue.done("b");
    EXPECT_THAT(begun(queue), ElementsAre("d"));
}

TEST(call_queue, gives_up_what_waited_too_long) {
    call_queue queue(1, 10, 1);
    EXPECT_EQ(queue.next_deadline(), deadline::max());
    push(queue, "a", 1);
    EXPECT_THAT(begun(queue), ElementsAre("a"));
    EXPECT_EQ(queue.next_deadline(), deadline::max());
    push(queue, "a", 5);
    push(queue, "b", 3);
    push(queue, "c", 9);
    EXPECT_TRUE(queue.take_late(start + std::chrono::milliseconds(2999)).empty());
    EXPECT_LE(queue.next_deadline(), start + std::chrono::seconds(3));
    EXPECT_EQ(queue.take_late(start + std::chrono::seconds(5)).size(), 2U);
    EXPECT_EQ(queue.next_deadline(), start + std::chrono::seconds(9));
    queue.done("a");
    EXPECT_THAT(begun(queue), ElementsAre("c"));
    queue.done("c");
    // Their places are free again.
    for (int i = 0; i < 11; ++i) EXPECT_TRUE(push(queue, "d"));
    EXPECT_FALSE(push(queue, "d"));
    EXPECT_EQ(queue.take_all().size(), 11U);
    EXPECT_THAT(begun(queue), ElementsAre());
}

}  // namespace
}  // namespace esm::fetch
