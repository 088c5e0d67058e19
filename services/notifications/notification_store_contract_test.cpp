// The notification store on both databases, the meeting of a notification and its contact above all.
#include <future>
#include <limits>

#include "services/notifications/notification_store.hpp"
#include "services/notifications/service_fixture.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications {
namespace {

namespace store = notification_store;
using std::chrono::milliseconds;
using std::chrono::seconds;

const contact ada{7, 2, "ada@example.org", "ada", "Ada", "de"};

class notification_store_test : public service_fixture {
protected:
    db::database& database() { return scratch_->get(); }

    template <class Work>
    auto transact(Work work) {
        return runtime_.block_on(database().transact(deadline_in(seconds(10)), std::move(work)));
    }

    std::optional<store::inserted> insert(
        std::string event_id, std::int64_t user_id, std::string type = "a.b.v1"
    ) {
        return transact([=](db::transaction& tx) -> awaitable<std::optional<store::inserted>> {
            co_return co_await store::insert(tx, draft_of(event_id, user_id, type));
        });
    }

    static store::draft draft_of(std::string event_id, std::int64_t user_id, std::string type = "a.b.v1") {
        return {
            event_id,
            type,
            "email",
            user_id,
            "welcome",
            R"({"firstName":"Ada"})",
            "Welcome",
            "corr",
            "trace",
            5
        };
    }

    std::vector<store::released> learn(contact known) {
        return transact([known](db::transaction& tx) -> awaitable<std::vector<store::released>> {
            store::save_contact(tx, known, 5);
            co_return co_await store::release_waiting(tx, known.user_id);
        });
    }

    store::delivery_work load(std::int64_t id) {
        return runtime_.block_on(store::load_deliveries(database(), {id}, deadline_in(seconds(10))))
            .at(0)
            .second;
    }

    std::vector<std::int64_t> mark_sending(std::vector<std::int64_t> ids) {
        return transact([ids](db::transaction& tx) { return store::mark_sending(tx, ids); });
    }
};

TEST_P(notification_store_test, every_statement_fits_the_schema) {
    EXPECT_NO_THROW(scratch_->prepare(sql::all_statements));
}

TEST_P(notification_store_test, one_notification_an_event_and_user_with_ids_from_1000) {
    const auto first = insert("event-1", 7);
    ASSERT_TRUE(first.has_value());
    EXPECT_GE(first->notification_id, 1000);
    EXPECT_TRUE(first->waiting);
    EXPECT_FALSE(insert("event-1", 7).has_value());
    EXPECT_TRUE(insert("event-1", 8).has_value());
    EXPECT_TRUE(insert("event-2", 7).has_value());
}

TEST_P(notification_store_test, a_waiting_notification_gets_its_address_with_the_contact) {
    const auto waiting = insert("event-1", 7);
    insert("event-2", 8);
    const auto released = learn(ada);
    ASSERT_EQ(released.size(), 1U);
    EXPECT_EQ(released[0].notification_id, waiting->notification_id);
    EXPECT_EQ(released[0].channel, "email");
    EXPECT_TRUE(learn(ada).empty()) << "released once";
    const auto work = load(waiting->notification_id);
    EXPECT_EQ(work.what.recipient, "ada@example.org");
    EXPECT_EQ(work.to.first_name, "Ada");
    EXPECT_EQ(work.to.locale, "de");
    EXPECT_EQ(work.template_name, "welcome");
    EXPECT_EQ(work.model, R"({"firstName":"Ada"})");
    EXPECT_EQ(work.what.correlation_id, "corr");
    EXPECT_FALSE(insert("event-3", 7)->waiting);
}

TEST_P(notification_store_test, an_older_contact_never_replaces_a_newer_one) {
    learn(ada);
    learn({7, 1, "old@example.org", "old", "Old", {}});
    EXPECT_EQ(load(insert("event-1", 7)->notification_id).what.recipient, "ada@example.org");
    learn({7, 3, "new@example.org", "ada", "Ada", {}});
    EXPECT_EQ(load(insert("event-2", 7)->notification_id).what.recipient, "new@example.org");
}

TEST_P(notification_store_test, whoever_brings_the_contact_waits_for_a_notification_being_written) {
    std::promise<void> held;
    auto writing = asio::co_spawn(
        runtime_.at(0),
        database().transact(
            deadline_in(seconds(10)),
            [&held](db::transaction& tx) -> awaitable<bool> {
                co_await store::insert(tx, draft_of("event-1", 7));
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
        const auto written = co_await store::insert(tx, draft_of("event-1", 7));
        if (!written->waiting) co_return 1;  // SQLite: one writer after the other
        if (!co_await store::hold_contact(tx, 7)) co_return 0;
        co_return (co_await store::release_waiting(tx, 7)).size();
    });
    EXPECT_EQ(released, 1U);
    EXPECT_EQ(learning.get(), 0U);
}

TEST_P(notification_store_test, an_attempt_begins_and_is_undone) {
    const auto first = insert("event-1", 7)->notification_id;
    const auto second = insert("event-2", 7)->notification_id;
    EXPECT_EQ(mark_sending({first, second, 999'999}).size(), 2U);
    EXPECT_EQ(load(first).what.status, status::sending);
    EXPECT_TRUE(mark_sending({first}).empty()) << "cut off before";
    transact([first](db::transaction& tx) -> awaitable<bool> {
        store::put_back(tx, first);
        co_return true;
    });
    EXPECT_EQ(load(first).what.status, status::pending);
    EXPECT_EQ(load(first).what.version, 3);
}

TEST_P(notification_store_test, outcomes_of_many_in_one_go) {
    std::vector<std::pair<notification, attempt>> ended;
    for (int i = 0; i < 3; ++i) {
        auto what = load(insert(fmt::format("event-{}", i), 7)->notification_id).what;
        what.status = i == 0 ? status::sent : status::retrying;
        what.attempts = 1;
        what.refusals = i;
        what.version = 2;
        if (i == 0) what.sent_at = 77;
        if (i != 0) what.error_message = "451 häßlich";
        ended.push_back({what, {1, 60, 77, i == 0 ? "sent" : "retry", "answer"}});
    }
    transact([&ended](db::transaction& tx) -> awaitable<bool> {
        store::record(tx, ended);
        co_return true;
    });
    const auto all = rows();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].status, status::sent);
    EXPECT_EQ(all[0].sent_at, 77);
    EXPECT_FALSE(all[0].error_message.has_value());
    EXPECT_EQ(all[2].error_message, "451 häßlich");
    EXPECT_EQ(all[2].refusals, 2);
    EXPECT_EQ(all[2].version, 2);
    const auto log = attempts_of(all[2].notification_id);
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].outcome, "retry");
    EXPECT_EQ(log[0].finished_at, 77);
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
