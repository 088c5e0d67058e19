// Suppressed addresses: one form for all ways to write one, and what still gets through.
#include "services/notifications/suppressions/suppression.hpp"

#include <gtest/gtest.h>

#include "services/notifications/may_deliver.hpp"

namespace esm::notifications {
namespace {

notification_store::delivery_work suppressed_work(std::string reason, bool critical) {
    notification_store::delivery_work work;
    work.what.channel = "email";
    work.what.recipient = "ada@example.org";
    work.what.critical = critical;
    work.suppressed = std::move(reason);
    return work;
}

TEST(suppression, addresses_are_the_same_in_any_case) {
    EXPECT_EQ(normal_address("Ada.Lovelace@Example.ORG"), "ada.lovelace@example.org");
    EXPECT_EQ(normal_address("+436601234567"), "+436601234567");
}

TEST(suppression, who_has_unsubscribed_still_gets_what_is_critical) {
    EXPECT_EQ(may_deliver(suppressed_work("unsubscribed", false), 1).instead, status::suppressed);
    EXPECT_TRUE(may_deliver(suppressed_work("unsubscribed", true), 1).is_yes());
    EXPECT_EQ(may_deliver(suppressed_work("bounced: 550 no such user", true), 1).instead, status::suppressed);
    EXPECT_EQ(may_deliver(suppressed_work("complained", true), 1).instead, status::suppressed);
}

}  // namespace
}  // namespace esm::notifications
