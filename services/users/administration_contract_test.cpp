// What administrators do, on both databases: searching by every filter, locking, roles, the last
// administrator under races, and reading the audit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"
#include "services/users/list_audit.hpp"
#include "services/users/list_users.hpp"
#include "services/users/lock_user.hpp"
#include "services/users/service.hpp"
#include "services/users/set_roles.hpp"
#include "services/users/sql.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t first_id = 1000;
constexpr instant_us second_us = 1'000'000;

constexpr db::statement no_seqscan{
    "test.no_seqscan", "SET LOCAL enable_seqscan = off", "SET LOCAL enable_seqscan = off"
};
constexpr db::statement no_bitmapscan{
    "test.no_bitmapscan", "SET LOCAL enable_bitmapscan = off", "SET LOCAL enable_bitmapscan = off"
};

class administration : public ::testing::TestWithParam<db::dialect> {
protected:
    // User `first_id + number`, who registered at `created_at`.
    user add(
        std::int64_t number,
        std::string name,
        std::string email,
        std::vector<std::string> roles,
        instant_us created_at
    ) {
        user added;
        added.user_id = first_id + number;
        added.username = std::move(name);
        added.email = std::move(email);
        added.first_name = added.last_name = "Test";
        added.roles = std::move(roles);
        added.created_at = added.updated_at = created_at;
        const auto store = [&](db::transaction& tx) -> awaitable<result<void>> {
            EXPECT_EQ(co_await user_store::insert(tx, added, "no hash"), user_store::taken::none);
            co_return result<void>();
        };
        EXPECT_TRUE(runtime_.block_on(database().transact(until_, store)).has_value());
        return added;
    }
    user add(std::int64_t number, std::string name, std::string email, std::vector<std::string> roles) {
        return add(number, std::move(name), std::move(email), std::move(roles), number * second_us);
    }
    user add(std::int64_t number, const std::string& name, instant_us created_at) {
        return add(number, name, name + "@example.org", {"user"}, created_at);
    }
    user add(std::int64_t number, const std::string& name) { return add(number, name, number * second_us); }

    context as(std::int64_t user_id) {
        context ctx{{}, until_, principal{}};
        ctx.caller->user_id = user_id;
        ctx.trace.request_id = "test";
        return ctx;
    }

    awaitable<result<user>> demote(std::int64_t actor, std::int64_t subject) {
        const auto ctx = as(actor);
        co_return co_await roles_.run(ctx, subject, {"user"});
    }

    // The names of every account that fits, page by page.
    std::vector<std::string> names(const user_search::filter& which, std::int64_t limit = 500) {
        std::vector<std::string> found;
        http::request from;
        from.query = {{"limit", std::to_string(limit)}};
        for (int pages = 0; pages < 1000; ++pages) {
            const auto where = read_user_page(from, which);
            EXPECT_TRUE(where.has_value());
            const auto page = runtime_.block_on(list_users(database(), which, *where, until_));
            EXPECT_LE(page.users.size(), static_cast<std::size_t>(limit));
            for (const auto& each : page.users) found.push_back(each.username);
            if (page.next_cursor.empty()) return found;
            from.query = {{"limit", std::to_string(limit)}, {"cursor", page.next_cursor}};
        }
        ADD_FAILURE() << "the pages never end";
        return found;
    }

    std::vector<audit_entry> audit_of(const audit_filter& which) {
        return runtime_.block_on(list_audit(database(), which, http::page{}, until_)).entries;
    }

    std::optional<user> find(std::int64_t user_id) {
        return runtime_.block_on(user_store::find(database(), user_id, until_));
    }

    db::database& database() { return scratch_.get(); }

    const deadline until_{deadline_in(std::chrono::seconds(60))};
    esm::testing::started_runtime runtime_;
    esm::testing::scratch_database scratch_{runtime_, GetParam(), service::migrations()};
    std::atomic<int> events_{0};
    outbox::outbox outbox_{[this] { ++events_; }};
    audit trail_;
    lock_user locking_{database(), outbox_, trail_};
    set_roles roles_{database(), outbox_, trail_};
};

TEST_P(administration, lists_the_newest_first_in_pages_of_any_size) {
    for (int i = 0; i < 7; ++i) add(i, fmt::format("name{}", i));
    const std::vector<std::string> all{"name6", "name5", "name4", "name3", "name2", "name1", "name0"};
    for (const auto limit : {1, 2, 3, 7, 8}) EXPECT_EQ(names({}, limit), all) << limit;
}

TEST_P(administration, filters_by_age_and_tells_accounts_of_one_instant_apart) {
    for (int i = 0; i < 6; ++i) add(i, fmt::format("name{}", i));
    user_search::filter which;
    which.created_from = 1 * second_us;
    which.created_before = 4 * second_us;
    EXPECT_THAT(names(which, 2), ElementsAre("name3", "name2", "name1"));
    for (int i = 6; i < 9; ++i) add(i, fmt::format("name{}", i), 10 * second_us);
    which.created_before = 11 * second_us;
    which.created_from = 5 * second_us;
    EXPECT_THAT(names(which, 1), ElementsAre("name8", "name7", "name6", "name5"));
    which.created_before = 10 * second_us;
    EXPECT_THAT(names(which), ElementsAre("name5"));
}

TEST_P(administration, finds_by_the_beginning_of_a_name_or_address) {
    add(1, "Ada", "countess@example.org", {"user"});
    add(2, "adam", "adam@example.org", {"user"});
    add(3, "zoe", "ada.zoe@example.org", {"user"});
    add(4, "bob", "bob@example.org", {"user"});
    const auto by = [&](std::string prefix, std::int64_t limit = 500) {
        user_search::filter which;
        which.prefix = std::move(prefix);
        return names(which, limit);
    };
    EXPECT_THAT(by("ada"), ElementsAre("Ada", "zoe", "adam"));
    EXPECT_THAT(by("ada", 1), ElementsAre("Ada", "zoe", "adam"));
    EXPECT_THAT(by("adam@"), ElementsAre("adam"));
    EXPECT_THAT(by("countess@example.org"), ElementsAre("Ada"));
    EXPECT_THAT(by("ad_"), IsEmpty()) << "nothing in a prefix is a wildcard";
    EXPECT_THAT(by("%"), IsEmpty());
}

TEST_P(administration, filters_by_role_and_state_also_with_a_name) {
    add(1, "ada", "ada@example.org", {"user", "admin"});
    add(2, "adam");
    add(3, "bob", "bob@example.org", {"user", "admin"});
    ASSERT_TRUE(runtime_.block_on(locking_.lock(as(first_id + 1), first_id + 2, std::nullopt)).has_value());
    ASSERT_TRUE(runtime_.block_on(locking_.lock(as(first_id + 1), first_id + 3, std::nullopt)).has_value());
    const auto by = [&](std::string prefix, std::string role, std::string state) {
        user_search::filter which;
        which.prefix = std::move(prefix);
        which.role = std::move(role);
        which.state = std::move(state);
        return names(which, 1);
    };
    EXPECT_THAT(by("", "admin", ""), ElementsAre("bob", "ada"));
    EXPECT_THAT(by("", "admin", "active"), ElementsAre("ada"));
    EXPECT_THAT(by("", "", "locked"), ElementsAre("bob", "adam"));
    EXPECT_THAT(by("", "", "active"), ElementsAre("ada"));
    EXPECT_THAT(by("", "user", "locked"), ElementsAre("bob", "adam"));
    EXPECT_THAT(by("ada", "admin", ""), ElementsAre("ada"));
    EXPECT_THAT(by("ada", "", "locked"), ElementsAre("adam"));
    EXPECT_THAT(by("ada", "user", "active"), ElementsAre("ada"));
    EXPECT_THAT(by("bob@", "admin", "locked"), ElementsAre("bob"));
}

TEST_P(administration, a_search_that_few_fit_answers_short_pages_but_misses_nobody) {
    // More accounts than a page looks at, of which the oldest and the newest alone fit.
    const auto total = user_search::looked_at_max + 100;
    std::vector<std::string> usernames;
    const auto fill = [&](db::transaction& tx) -> awaitable<result<void>> {
        user added;
        added.roles = {"user"};
        for (std::int64_t i = 0; i < total; ++i) {
            added.user_id = first_id + i;
            added.username = fmt::format("many{:05}", i);
            added.email = fmt::format("many{:05}@example.org", i);
            added.created_at = added.updated_at = i * second_us;
            if (i == 0 || i + 1 == total) added.roles = {"guest"};
            co_await user_store::insert(tx, added, "no hash");
            added.roles = {"user"};
        }
        co_return result<void>();
    };
    ASSERT_TRUE(runtime_.block_on(database().transact(until_, fill)).has_value());
    user_search::filter which;
    which.role = "guest";
    const auto newest = fmt::format("many{:05}", total - 1);
    EXPECT_THAT(names(which), ElementsAre(newest, "many00000"));
    which.prefix = "many";
    EXPECT_THAT(names(which), ElementsAre("many00000", newest));
}

TEST_P(administration, pages_are_read_from_indexes_alone) {
    const bool postgres = GetParam() == db::dialect::postgres;
    const std::string explain = postgres ? "EXPLAIN " : "EXPLAIN QUERY PLAN ";
    for (int i = 0; i < 100; ++i) add(i, fmt::format("name{}", i));
    const auto plan_of = [&](const db::statement& explained, auto... args) {
        const auto text = explain + std::string(postgres ? explained.postgres : explained.sqlite);
        const db::statement statement{explained.name, text, text};
        std::string plan;
        const auto read = [&](db::transaction& tx) -> awaitable<result<void>> {
            // A hundred rows are read at once by any plan; a million are not.
            if (postgres) co_await tx.query(no_seqscan);
            if (postgres) co_await tx.query(no_bitmapscan);
            const auto rows = co_await tx.query(statement, args...);
            for (const auto& row : rows) plan += row.text(postgres ? 0 : 3) + "\n";
            co_return result<void>();
        };
        EXPECT_TRUE(runtime_.block_on(database().transact(until_, read)).has_value());
        return plan;
    };
    const auto expect_covered = [&](const std::string& plan, std::initializer_list<const char*> indexes) {
        for (const auto* index : indexes) {
            const auto form = postgres ? "Index Only Scan.* using {}" : "USING COVERING INDEX {}";
            EXPECT_THAT(plan, ::testing::ContainsRegex(fmt::format(fmt::runtime(form), index)));
        }
    };
    constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
    expect_covered(plan_of(sql::list_accounts_by_age, last, 0, 0, 9, 9, "", ""), {"account_by_age"});
    expect_covered(
        plan_of(sql::list_locked_accounts, last, 0, 0, 9, 9, "", "", "a", "b"), {"account_locked"}
    );
    expect_covered(
        plan_of(sql::list_administrators, last, 0, 0, 9, 9, "", "", "a", "b"), {"account_administrators"}
    );
    expect_covered(
        plan_of(sql::list_accounts_by_name, "a", "a", "b", 9, 9, "", "", 0, last),
        {"account_by_username", "account_by_email"}
    );
}

TEST_P(administration, a_cursor_belongs_to_its_filters) {
    for (int i = 0; i < 3; ++i) add(i, fmt::format("name{}", i));
    http::request from;
    from.query = {{"limit", "1"}};
    const auto page = runtime_.block_on(list_users(database(), {}, *read_user_page(from, {}), until_));
    from.query = {{"cursor", page.next_cursor}};
    user_search::filter other;
    other.state = "active";
    EXPECT_EQ(read_user_page(from, other).error().code, errc::invalid_cursor);
    other.state = {};
    other.prefix = "name";
    EXPECT_EQ(read_user_page(from, other).error().code, errc::invalid_cursor);
}

TEST_P(administration, locking_ends_the_credentials_and_leaves_event_and_entry) {
    const auto admin = add(1, "root", "root@example.org", {"user", "admin"});
    const auto ada = add(2, "ada");
    const auto locked = runtime_.block_on(locking_.lock(as(admin.user_id), ada.user_id, "by phone"));
    ASSERT_TRUE(locked.has_value());
    EXPECT_EQ(locked->state, account_state::locked);
    EXPECT_EQ(locked->credential_epoch, ada.credential_epoch + 1);
    EXPECT_EQ(locked->version, ada.version + 1);
    EXPECT_EQ(find(ada.user_id)->state, account_state::locked);
    EXPECT_EQ(events_, 1);

    const auto again = runtime_.block_on(locking_.lock(as(admin.user_id), ada.user_id, "twice"));
    EXPECT_EQ(again->version, locked->version) << "a locked account stays as it is";
    const auto active = runtime_.block_on(locking_.unlock(as(admin.user_id), ada.user_id));
    EXPECT_EQ(active->state, account_state::active);
    EXPECT_EQ(active->credential_epoch, locked->credential_epoch);
    EXPECT_EQ(runtime_.block_on(locking_.unlock(as(admin.user_id), ada.user_id))->version, active->version);
    EXPECT_EQ(events_, 2);

    const auto entries = audit_of({ada.user_id, 0, {}});
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(entries[0].action, "user.unlocked");
    EXPECT_EQ(entries[1].action, "user.locked");
    EXPECT_EQ(entries[1].details.at("reason"), "by phone");
    EXPECT_EQ(entries[1].actor_id, admin.user_id);
    EXPECT_EQ(entries[1].request_id, "test");
}

TEST_P(administration, somebody_can_always_administer) {
    const auto root = add(1, "root", "root@example.org", {"user", "admin"});
    const auto other = add(2, "other", "other@example.org", {"user", "admin"});
    const auto client = as(0);
    const auto lock = [&](const context& ctx, std::int64_t id) {
        return runtime_.block_on(locking_.lock(ctx, id, std::nullopt));
    };
    EXPECT_EQ(lock(as(root.user_id), root.user_id).error().code, errc::conflict) << "not oneself";
    EXPECT_TRUE(lock(as(root.user_id), other.user_id).has_value());
    EXPECT_EQ(lock(client, root.user_id).error().code, errc::conflict) << "the other one is locked";
    const auto demoted = runtime_.block_on(roles_.run(as(root.user_id), root.user_id, {"user"}));
    EXPECT_EQ(demoted.error().code, errc::conflict);
    EXPECT_EQ(find(root.user_id)->roles, root.roles);
    EXPECT_EQ(lock(as(root.user_id), 999'999).error().code, errc::not_found);
    EXPECT_EQ(runtime_.block_on(locking_.unlock(client, 999'999)).error().code, errc::not_found);
    EXPECT_EQ(runtime_.block_on(roles_.run(client, 999'999, {"user"})).error().code, errc::not_found);
}

TEST_P(administration, roles_end_the_credentials_and_leave_event_and_entry) {
    const auto root = add(1, "root", "root@example.org", {"user", "admin"});
    const auto ada = add(2, "ada");
    const auto raised = runtime_.block_on(roles_.run(as(root.user_id), ada.user_id, {"user", "admin"}));
    ASSERT_TRUE(raised.has_value());
    EXPECT_EQ(raised->credential_epoch, ada.credential_epoch + 1);
    EXPECT_EQ(
        runtime_.block_on(roles_.run(as(root.user_id), ada.user_id, {"user", "admin"}))->version,
        raised->version
    );
    EXPECT_EQ(events_, 1);
    const auto entry = audit_of({0, root.user_id, "user.roles_changed"}).at(0);
    EXPECT_EQ(entry.details.at("before"), boost::json::array{"user"});
    EXPECT_EQ(entry.details.at("after"), (boost::json::array{"user", "admin"}));
    EXPECT_TRUE(runtime_.block_on(roles_.run(as(ada.user_id), root.user_id, {"user"})).has_value())
        << "one administrator is left";
}

TEST_P(administration, of_administrators_who_demote_each_other_one_stays) {
    for (int round = 0; round < 5; ++round) {
        std::vector<std::int64_t> ids;
        for (int i = 0; i < 4; ++i) {
            const auto number = round * 4 + i;
            const auto name = fmt::format("root{}", number);
            ids.push_back(add(number, name, name + "@example.org", {"user", "admin"}).user_id);
        }
        std::vector<std::future<result<user>>> racing;
        for (std::size_t i = 0; i < ids.size(); ++i) {
            auto work = demote(ids[i], ids[(i + 1) % ids.size()]);
            racing.push_back(asio::co_spawn(runtime_.at(i % 2), std::move(work), asio::use_future));
        }
        for (auto& each : racing) each.get();
        user_search::filter which;
        which.role = "admin";
        const auto left = names(which);
        ASSERT_EQ(left.size(), 1U) << "round " << round;
        // The next round begins with none.
        auto gone = find(first_id + std::stoi(left.front().substr(4))).value();
        gone.roles = {"user"};
        const auto save = [&](db::transaction& tx) -> awaitable<result<void>> {
            user_store::save(tx, gone);
            co_return result<void>();
        };
        ASSERT_TRUE(runtime_.block_on(database().transact(until_, save)).has_value());
    }
}

TEST_P(administration, the_audit_is_read_by_subject_actor_and_action_page_by_page) {
    const auto root = add(1, "root", "root@example.org", {"user", "admin"});
    const auto other = add(2, "other", "other@example.org", {"user", "admin"});
    for (int i = 3; i < 8; ++i) {
        const auto each = add(i, fmt::format("name{}", i));
        runtime_.block_on(locking_.lock(as(i % 2 == 0 ? root.user_id : other.user_id), each.user_id, {}));
        runtime_.block_on(locking_.unlock(as(root.user_id), each.user_id));
    }
    EXPECT_EQ(audit_of({}).size(), 10U);
    EXPECT_EQ(audit_of({0, other.user_id, {}}).size(), 3U);
    EXPECT_EQ(audit_of({0, root.user_id, "user.locked"}).size(), 2U);
    EXPECT_EQ(audit_of({0, 0, "user.locked"}).size(), 5U);
    EXPECT_EQ(audit_of({first_id + 4, root.user_id, "user.locked"}).size(), 1U);
    EXPECT_EQ(audit_of({first_id + 4, other.user_id, {}}).size(), 0U);

    std::vector<std::int64_t> seen;
    http::request from;
    from.query = {{"limit", "3"}};
    const audit_filter any;
    for (;;) {
        const auto where = http::read_page(from, filter_text(any), audit_keys);
        const auto page = runtime_.block_on(list_audit(database(), any, *where, until_));
        for (const auto& each : page.entries) seen.push_back(each.entry_id);
        if (page.next_cursor.empty()) break;
        from.query = {{"limit", "3"}, {"cursor", page.next_cursor}};
    }
    std::vector<std::int64_t> expected;
    for (const auto& each : audit_of({})) expected.push_back(each.entry_id);
    EXPECT_EQ(seen, expected);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    administration,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::users
