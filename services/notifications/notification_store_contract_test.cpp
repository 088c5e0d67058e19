// The notification store on both databases, the meeting of a notification and its contact above all.
#include <future>
#include <limits>

#include "services/notifications/sql.hpp"
#include "services/notifications/store_fixture.hpp"

namespace esm::notifications {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class notification_store_test : public store_fixture {};

TEST_P(notification_store_test, every_statement_fits_the_schema) {
    EXPECT_NO_THROW(scratch_->prepare(sql::all_statements));
}

TEST_P(notification_store_test, one_notification_an_event_channel_and_recipient_with_ids_from_1000) {
    const auto first = insert("event-1", 7);
    ASSERT_TRUE(first.has_value());
    EXPECT_GE(*first, 1000);
    EXPECT_FALSE(insert("event-1", 7).has_value());
    EXPECT_TRUE(insert("event-1", 8).has_value());
    EXPECT_TRUE(insert("event-2", 7).has_value());
    auto other = draft_of("event-1", 7);
    other.channel = "sms";
    EXPECT_TRUE(insert(other).has_value());
    other.channel = "push";
    other.recipient_key = "device:1000";
    EXPECT_TRUE(insert(other).has_value());
    other.recipient_key = "device:1001";
    EXPECT_TRUE(insert(other).has_value());
    EXPECT_FALSE(insert(other).has_value());
}

TEST_P(notification_store_test, many_at_once_with_the_ids_in_their_order) {
    const auto known = *insert("event-1", 7);
    using id_list = std::vector<std::optional<std::int64_t>>;
    const auto insert_many = [&](std::vector<store::draft> given) {
        return transact([given](db::transaction& tx) -> awaitable<id_list> {
            co_return co_await store::insert_all(tx, given);
        });
    };
    const auto ids = insert_many(
        {draft_of("event-0", 7), draft_of("event-1", 7), draft_of("event-2", 8), draft_of("event-2", 8)}
    );
    ASSERT_EQ(ids.size(), 4U);
    ASSERT_TRUE(ids[0] && ids[2]);
    EXPECT_FALSE(ids[1].has_value()) << "it was there";
    EXPECT_FALSE(ids[3].has_value()) << "twice in one go";
    EXPECT_EQ(load(*ids[0]).what.event_id, "event-0");
    EXPECT_EQ(load(*ids[2]).what.user_id, 8);
    EXPECT_EQ(rows().size(), 3U);
    EXPECT_EQ(rows()[0].notification_id, known);
    EXPECT_TRUE(insert_many({}).empty());
}

TEST_P(notification_store_test, all_of_a_draft_is_kept) {
    auto given = draft_of("event-1", 7);
    given.waiting = false;
    given.recipient = "ada@example.org";
    given.critical = true;
    given.deliver_at = 77;
    given.content = R"({"text":"hello"})";
    auto work = load(*insert(given));
    EXPECT_EQ(work.what.recipient, "ada@example.org");
    EXPECT_EQ(work.what.status, status::pending);
    EXPECT_TRUE(work.what.critical);
    EXPECT_EQ(work.what.deliver_at, 77);
    EXPECT_EQ(work.what.items, 1);
    EXPECT_EQ(work.content, R"({"text":"hello"})");
    EXPECT_FALSE(work.what.content.has_value()) << "a mail is no inbox";
    EXPECT_EQ(work.to.email, "ada@example.org") << "nothing else is known of the user";
    EXPECT_FALSE(work.what.sent_at.has_value());

    given.event_id = "event-2";
    given.channel = "in_app";
    given.status = status::sent;
    work = load(*insert(given));
    EXPECT_EQ(work.what.sent_at, 5) << "there once it is written";
    EXPECT_EQ(work.what.content, R"({"text":"hello"})");

    given.event_id = "event-3";
    given.status = status::skipped;
    given.error_message = "the user has turned it off";
    work = load(*insert(given));
    EXPECT_EQ(work.what.error_message, "the user has turned it off");
    EXPECT_FALSE(work.what.sent_at.has_value());
}

TEST_P(notification_store_test, a_waiting_notification_gets_its_address_with_the_contact) {
    const auto waiting = insert("event-1", 7);
    insert("event-2", 8);
    const auto released = learn(ada);
    ASSERT_EQ(released.size(), 1U);
    EXPECT_EQ(released[0].notification_id, *waiting);
    EXPECT_EQ(released[0].channel, "email");
    EXPECT_EQ(released[0].due, 0);
    EXPECT_TRUE(learn(ada).empty()) << "released once";
    const auto work = load(*waiting);
    EXPECT_EQ(work.what.recipient, "ada@example.org");
    EXPECT_EQ(work.to.first_name, "Ada");
    EXPECT_EQ(work.to.locale, "de");
    EXPECT_EQ(work.model, R"({"firstName":"Ada"})");
    EXPECT_EQ(work.what.correlation_id, "corr");
}

TEST_P(notification_store_test, a_waiting_text_message_gets_the_number_where_there_is_one) {
    auto text = draft_of("event-1", 7);
    text.channel = "sms";
    text.deliver_at = 99;
    const auto first = *insert(text);
    auto with_number = ada;
    with_number.phone = "+436641234567";
    const auto released = learn(with_number);
    ASSERT_EQ(released.size(), 1U);
    EXPECT_EQ(released[0].channel, "sms");
    EXPECT_EQ(released[0].due, 99) << "a digest's end";
    EXPECT_EQ(load(first).what.recipient, "+436641234567");
    const auto known = runtime_.block_on(store::find_contact(database(), 7, deadline_in(seconds(10))));
    ASSERT_TRUE(known.has_value());
    EXPECT_EQ(known->phone, "+436641234567");

    text.event_id = "event-2";
    text.user_id = 8;
    const auto second = *insert(text);
    learn({8, 1, "bob@example.org", "bob", "Bob", {}, {}});
    EXPECT_EQ(load(second).what.recipient, "") << "found out when it is delivered";
}

TEST_P(notification_store_test, an_older_contact_never_replaces_a_newer_one) {
    learn(ada);
    learn({7, 1, "old@example.org", "old", "Old", {}, {}});
    EXPECT_EQ(contact_of(7).email, "ada@example.org");
    learn({7, 3, "new@example.org", "ada", "Ada", {}, {}});
    EXPECT_EQ(contact_of(7).email, "new@example.org");
    EXPECT_EQ(contact_of(7).version, 3);
    EXPECT_FALSE(contact_of(7).locale.has_value());
}

TEST_P(notification_store_test, whoever_brings_the_contact_waits_for_a_notification_being_written) {
    std::promise<void> held;
    auto writing = asio::co_spawn(
        runtime_.at(0),
        database().transact(
            deadline_in(seconds(10)),
            [&held](db::transaction& tx) -> awaitable<bool> {
                co_await store::insert_all(tx, {draft_of("event-1", 7)});
                const bool known = co_await store::hold_contact(tx, 7);
                held.set_value();
                asio::steady_timer pause(co_await asio::this_coro::executor, milliseconds(200));
                co_await pause.async_wait(asio::use_awaitable);
                co_return known;
            }
        ),
        asio::use_future
    );
    held.get_future().get();
    EXPECT_EQ(learn(ada).size(), 1U) << "the notification would wait for ever";
    EXPECT_FALSE(writing.get());
}

TEST_P(notification_store_test, a_contact_that_comes_meanwhile_is_seen) {
    std::promise<void> saved;
    auto learning = asio::co_spawn(
        runtime_.at(0),
        database().transact(
            deadline_in(seconds(10)),
            [&saved](db::transaction& tx) -> awaitable<std::size_t> {
                store::save_contact(tx, ada, 5);
                const auto released = co_await store::release_waiting(tx, 7);
                saved.set_value();
                asio::steady_timer pause(co_await asio::this_coro::executor, milliseconds(200));
                co_await pause.async_wait(asio::use_awaitable);
                co_return released.size();
            }
        ),
        asio::use_future
    );
    saved.get_future().get();
    const auto released = transact([](db::transaction& tx) -> awaitable<std::size_t> {
        co_await store::insert_all(tx, {draft_of("event-1", 7)});
        if (!co_await store::hold_contact(tx, 7)) co_return 0;
        co_return (co_await store::release_waiting(tx, 7)).size();
    });
    EXPECT_EQ(released, 1U);
    EXPECT_EQ(learning.get(), 0U);
}

TEST_P(notification_store_test, an_attempt_begins_and_is_undone) {
    const auto first = *insert("event-1", 7);
    const auto second = *insert("event-2", 7);
    EXPECT_EQ(mark_sending({first, second, 999'999}).size(), 2U);
    EXPECT_EQ(load(first).what.status, status::sending);
    EXPECT_TRUE(mark_sending({first}).empty()) << "cut off before";
    transact([first](db::transaction& tx) -> awaitable<bool> {
        store::put_back(tx, first, 99);
        store::put_back(tx, 999'999, std::nullopt);
        co_return true;
    });
    EXPECT_EQ(load(first).what.status, status::pending);
    EXPECT_EQ(load(first).what.version, 3);
    EXPECT_EQ(load(first).what.deliver_at, 99);
    transact([second](db::transaction& tx) -> awaitable<bool> {
        store::put_back(tx, second, std::nullopt);
        co_return true;
    });
    EXPECT_FALSE(load(second).what.deliver_at.has_value());
}

TEST_P(notification_store_test, outcomes_of_many_in_one_go) {
    std::vector<store::ended_delivery> ended;
    for (int i = 0; i < 3; ++i) {
        auto what = load(*insert(fmt::format("event-{}", i), 7)).what;
        what.status = i == 0 ? status::sent : status::retrying;
        what.attempts = 1;
        what.refusals = i;
        what.version = 2;
        if (i == 0) what.sent_at = 77;
        if (i == 0) what.provider_id = "SM1";
        if (i != 0) what.error_message = "451 häßlich";
        ended.push_back({what, {{1, 60, 77, i == 0 ? "sent" : "retry", "answer", "fallback"}}});
    }
    auto unsent = load(*insert("event-3", 7)).what;
    unsent.status = status::suppressed;
    unsent.subject = "Another";
    ended.push_back({unsent, {}});
    transact([&ended](db::transaction& tx) -> awaitable<bool> {
        store::record(tx, ended);
        co_return true;
    });
    const auto all = rows();
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(all[0].status, status::sent);
    EXPECT_EQ(all[0].provider_id, "SM1");
    EXPECT_EQ(all[3].subject, "Another");
    EXPECT_TRUE(attempts_of(all[3].notification_id).empty());
    EXPECT_EQ(all[0].sent_at, 77);
    EXPECT_FALSE(all[0].error_message.has_value());
    EXPECT_EQ(all[2].error_message, "451 häßlich");
    EXPECT_EQ(all[2].refusals, 2);
    EXPECT_EQ(all[2].version, 2);
    const auto log = attempts_of(all[2].notification_id);
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].outcome, "retry");
    EXPECT_EQ(log[0].finished_at, 77);
    EXPECT_EQ(log[0].provider, "fallback");
}

TEST_P(notification_store_test, lists_by_owner_filter_and_key) {
    for (int i = 0; i < 6; ++i)
        insert(fmt::format("event-{}", i), i % 2 == 0 ? 7 : 8, i < 3 ? "a.b.v1" : "c.d.v1");
    const auto list = [&](store::filter wanted, std::int64_t before, std::int64_t limit) {
        return runtime_.block_on(store::list(database(), wanted, before, limit, deadline_in(seconds(10))));
    };
    constexpr auto newest = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(list({}, newest, 10).size(), 6U);
    EXPECT_EQ(list({.user_id = 7}, newest, 10).size(), 3U);
    EXPECT_EQ(list({.user_id = 7, .event_type = "c.d.v1"}, newest, 10).size(), 1U);
    EXPECT_EQ(list({.event_type = "a.b.v1"}, newest, 10).size(), 3U);
    EXPECT_EQ(list({.status = "sent"}, newest, 10).size(), 0U);
    EXPECT_EQ(list({.user_id = 7, .channel = "email", .status = "pending"}, newest, 10).size(), 3U);
    EXPECT_EQ(list({.channel = "sms"}, newest, 10).size(), 0U);
    const auto page = list({}, newest, 4);
    EXPECT_GT(page.front().notification_id, page.back().notification_id);
    EXPECT_EQ(list({}, page.back().notification_id, 4).size(), 2U);
}

TEST_P(notification_store_test, an_unknown_one_is_not_found) {
    EXPECT_FALSE(runtime_.block_on(store::find(database(), 1, deadline_in(seconds(10)))).has_value());
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    notification_store_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
