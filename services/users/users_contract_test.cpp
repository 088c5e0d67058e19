// The user service's parts on both databases: registering, duplicates that race, credentials, the event in
// the outbox.
#include <gtest/gtest.h>

#include "platform/db/sql.hpp"
#include "platform/outbox/outbox.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"
#include "services/users/register_user.hpp"
#include "services/users/service.hpp"
#include "services/users/sql.hpp"
#include "services/users/user_store.hpp"
#include "services/users/validate_credentials.hpp"

namespace esm::users {
namespace {

class user_parts : public ::testing::TestWithParam<db::dialect> {
protected:
    awaitable<result<user>> enroll(std::string username, std::string email) {
        registration given{username, email, "correct horse battery", "Ada", "Lovelace", {}, {}, {}};
        const auto ready = co_await registering_.prepare(ctx_, std::move(given), {"user"});
        if (!ready) co_return ready.error();
        co_return co_await database().transact(
            ctx_.until,
            [&](db::transaction& tx) -> awaitable<result<user>> {
                co_return co_await registering_.store(ctx_, tx, *ready);
            }
        );
    }

    db::database& database() { return scratch_.get(); }

    esm::testing::started_runtime runtime_;
    esm::testing::scratch_database scratch_{runtime_, GetParam(), service::migrations()};
    security::password_hasher hasher_{2};
    db::id_block ids_{runtime_, scratch_.get(), "user", 1000, 1};
    std::atomic<int> woken_{0};
    outbox::outbox outbox_{[this] { ++woken_; }};
    audit trail_;
    register_user registering_{hasher_, ids_, outbox_, trail_};
    validate_credentials credentials_{hasher_, scratch_.get()};
    context ctx_{{}, deadline_in(std::chrono::seconds(30)), {}};
};

TEST_P(user_parts, register_stores_the_account_and_wakes_the_relay) {
    const auto registered = runtime_.block_on(enroll("Ada", "ada@example.org"));
    ASSERT_TRUE(registered.has_value());
    EXPECT_GE(registered->user_id, 1000);
    EXPECT_EQ(woken_, 1);
    const auto found = runtime_.block_on(user_store::find(database(), registered->user_id, ctx_.until));
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->username, "Ada");
    EXPECT_EQ(found->roles, std::vector<std::string>{"user"});
    EXPECT_FALSE(found->email_verified);
}

TEST_P(user_parts, names_are_taken_without_case) {
    ASSERT_TRUE(runtime_.block_on(enroll("Ada", "ada@example.org")).has_value());
    EXPECT_EQ(runtime_.block_on(enroll("ADA", "b@example.org")).error().code, errc::username_taken);
    EXPECT_EQ(runtime_.block_on(enroll("bob", "ADA@example.org")).error().code, errc::email_taken);
    EXPECT_EQ(woken_, 1) << "a refused registration leaves no event";
}

TEST_P(user_parts, of_racing_duplicates_one_wins) {
    std::vector<std::future<result<user>>> racers;
    for (unsigned i = 0; i < 20; ++i) {
        racers.push_back(asio::co_spawn(
            runtime_.at(i % 2), enroll("ada", fmt::format("ada{}@example.org", i)), asio::use_future
        ));
    }
    int winners = 0;
    for (auto& racer : racers) {
        const auto outcome = racer.get();
        if (outcome) ++winners;
        if (!outcome) EXPECT_EQ(outcome.error().code, errc::username_taken);
    }
    EXPECT_EQ(winners, 1);
}

TEST_P(user_parts, a_weak_password_is_named) {
    registration given{"ada", "ada@example.org", "password1", "Ada", "Lovelace", {}, {}, {}};
    const auto refused = runtime_.block_on(registering_.prepare(ctx_, given, {"user"}));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, errc::weak_password);
    EXPECT_EQ(refused.error().fields.front().pointer, "/password");
}

TEST_P(user_parts, credentials_by_name_and_address) {
    ASSERT_TRUE(runtime_.block_on(enroll("Ada", "ada@example.org")).has_value());
    const auto check = [&](std::string who, std::string password) {
        return runtime_.block_on(credentials_.check(ctx_, std::move(who), std::move(password)));
    };
    EXPECT_TRUE(check("ada", "correct horse battery").has_value());
    EXPECT_TRUE(check("ADA@example.org", "correct horse battery").has_value());
    EXPECT_EQ(check("ada", "wrong horse battery").error().code, errc::invalid_credentials);
    EXPECT_EQ(check("nobody", "correct horse battery").error().code, errc::invalid_credentials);
}

TEST_P(user_parts, an_outdated_hash_is_replaced_only_while_it_stands) {
    const auto registered = runtime_.block_on(enroll("ada", "ada@example.org"));
    const auto before = runtime_.block_on(user_store::find_by_identifier(database(), "ada", ctx_.until));
    const auto replace = [&](std::string expected) {
        runtime_.block_on(
            user_store::replace_hash(database(), registered->user_id, expected, "newer", ctx_.until)
        );
        return runtime_.block_on(user_store::find_by_identifier(database(), "ada", ctx_.until))
            ->password_hash;
    };
    EXPECT_EQ(replace("somebody changed it"), before->password_hash);
    EXPECT_EQ(replace(before->password_hash), "newer");
}

TEST_P(user_parts, many_users_come_in_order_of_id) {
    std::vector<std::int64_t> ids{999'999};
    for (const auto* name : {"ada", "bob", "eve"}) {
        ids.insert(
            ids.begin(), runtime_.block_on(enroll(name, fmt::format("{}@example.org", name)))->user_id
        );
    }
    const auto found = runtime_.block_on(user_store::find_many(database(), ids, ctx_.until));
    ASSERT_EQ(found.size(), 3U);
    EXPECT_LT(found[0].user_id, found[2].user_id);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    user_parts,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::users
