// What the notification store keeps besides notifications, on both databases: the dead letters of those that
// failed, the events of a digest, and what it finds out of suppressed addresses.
#include <limits>

#include "services/notifications/dead_letters/store.hpp"
#include "services/notifications/store_fixture.hpp"
#include "services/notifications/suppressions/suppression_store.hpp"

namespace esm::notifications {
namespace {

using std::chrono::seconds;

class notification_ends_test : public store_fixture {
protected:
    std::size_t dead_letters_kept() {
        constexpr dead_letters::store::failure_key newest{std::numeric_limits<std::int64_t>::max(), 0};
        return runtime_
            .block_on(
                dead_letters::store::list_notifications(database(), {}, newest, 100, deadline_in(seconds(10)))
            )
            .size();
    }
};

TEST_P(notification_ends_test, those_that_failed_wait_as_dead_letters) {
    auto what = load(*insert("event-1", 7)).what;
    what.status = status::failed;
    what.error_message = "550 no";
    const auto record = [&] {
        transact([&](db::transaction& tx) -> awaitable<bool> {
            store::record(tx, {{what, {attempt{++what.attempts, 60, 77, "failed", "550 no"}}}});
            co_return true;
        });
    };
    record();
    record();
    EXPECT_EQ(dead_letters_kept(), 1U) << "once, however often it fails";
    transact([&](db::transaction& tx) -> awaitable<bool> {
        store::remove(tx, {what.notification_id});
        co_return true;
    });
    EXPECT_EQ(dead_letters_kept(), 0U);
    EXPECT_TRUE(rows().empty());
    EXPECT_TRUE(attempts_of(what.notification_id).empty());
}

TEST_P(notification_ends_test, a_digest_gathers_until_it_is_being_sent) {
    const auto join = [&](std::string event_id, std::string key) {
        return transact([=](db::transaction& tx) -> awaitable<std::optional<std::int64_t>> {
            co_await store::hold_contact(tx, 7);
            const auto into = co_await store::add_to_digest(tx, key);
            if (into) store::insert_item(tx, *into, event_id, "Subject of " + event_id, 60);
            co_return into;
        });
    };
    auto opening = draft_of("event-1", 7);
    opening.digest_key = "user:7|email|a.b.v1";
    EXPECT_FALSE(join("event-1", opening.digest_key).has_value());
    const auto digest = *insert(opening);
    EXPECT_EQ(join("event-2", opening.digest_key), digest);
    EXPECT_EQ(join("event-3", opening.digest_key), digest);
    EXPECT_FALSE(join("event-4", "user:7|email|c.d.v1").has_value());
    EXPECT_EQ(load(digest).what.items, 3);
    const auto items = runtime_.block_on(store::list_items(database(), digest, 10, deadline_in(seconds(10))));
    ASSERT_EQ(items.size(), 2U);
    EXPECT_EQ(items[0].subject, "Subject of event-2");
    EXPECT_EQ(items[0].created_at, 60);
    EXPECT_EQ(
        runtime_.block_on(store::list_items(database(), digest, 1, deadline_in(seconds(10)))).size(), 1U
    );
    mark_sending({digest});
    EXPECT_FALSE(join("event-5", opening.digest_key).has_value());
    opening.event_id = "event-5";
    EXPECT_TRUE(insert(opening).has_value()) << "the next one";
}

TEST_P(notification_ends_test, the_longer_of_two_suppressions_counts_while_it_lasts) {
    auto given = draft_of("event-1", 7);
    given.waiting = false;
    given.recipient = "ada@example.org";
    const auto id = *insert(given);
    const auto suppress = [&](std::string reason, instant_us until) {
        transact([=](db::transaction& tx) -> awaitable<bool> {
            suppression_store::add(tx, {"email", "Ada@Example.org", reason, until, now_us()});
            co_return true;
        });
    };
    EXPECT_FALSE(load(id).suppressed.has_value());
    suppress("it is over", now_us() - 1);
    EXPECT_FALSE(load(id).suppressed.has_value());
    suppress("bounced", now_us() + 600'000'000);
    EXPECT_EQ(load(id).suppressed, "bounced");
    suppress("shorter", now_us() + 60'000'000);
    EXPECT_EQ(load(id).suppressed, "bounced");
    suppress("complained", now_us() + 900'000'000);
    EXPECT_EQ(load(id).suppressed, "complained");
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    notification_ends_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
