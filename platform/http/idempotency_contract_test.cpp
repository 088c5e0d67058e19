// Idempotency-Key on both databases: one effect a key, the same answer again, and none of a failed request's
// traces.
#include <gmock/gmock.h>

#include "platform/http/idempotency.hpp"
#include "platform/http/sql.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"

namespace esm::http {
namespace {

using namespace std::chrono_literals;

// The effect the tests count: one row a run of the work.
constexpr db::migration effect_table{
    1, "effect", "CREATE TABLE effect (name text NOT NULL)", "CREATE TABLE effect (name text NOT NULL)"
};
constexpr std::string_view insert_text = "INSERT INTO effect (name) VALUES ($1)";
constexpr std::string_view count_text = "SELECT count(*) FROM effect";
constexpr db::statement insert_effect{"test.insert_effect", insert_text, insert_text};
constexpr db::statement count_effects{"test.count_effects", count_text, count_text};

class idempotency_test : public ::testing::TestWithParam<db::dialect> {
protected:
    static request asked(std::string key, std::string body = "{}", std::int64_t user = 1000) {
        request made;
        made.method = "POST";
        made.path = "/things";
        made.body = std::move(body);
        made.headers.emplace_back("idempotency-key", std::move(key));
        made.ctx.until = deadline_in(10s);
        made.ctx.caller.emplace();
        made.ctx.caller->user_id = user;
        return made;
    }

    // The work of a creating handler: one row, an answer that is another one each time.
    awaitable<result<response>> create(db::transaction& tx) {
        ++runs_;
        co_await tx.query(insert_effect, "x");
        auto reply = json_text_reply(201, fmt::format(R"({{"run":{}}})", runs_.load()));
        reply.headers.emplace_back("Location", "/things/ü\"1");
        co_return reply;
    }

    awaitable<result<response>> run(const request& from) {
        return run_once(scratch_.get(), from, [this](db::transaction& tx) { return create(tx); });
    }
    result<response> run_now(const request& from) { return runtime_.block_on(run(from)); }
    std::int64_t effects() {
        return runtime_.block_on(scratch_.get().query(deadline_in(5s), count_effects)).front().integer(0);
    }
    static bool is_replay(const response& reply) {
        return !reply.headers.empty() && reply.headers.back().first == "Idempotent-Replayed";
    }

    esm::testing::started_runtime runtime_;
    testing::scratch_database scratch_{
        runtime_, GetParam(), {{"idempotency", migrations}, {"effect", std::span(&effect_table, 1)}}
    };
    std::atomic<int> runs_{0};
};

INSTANTIATE_TEST_SUITE_P(
    databases,
    idempotency_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

TEST_P(idempotency_test, repeats_the_first_answer) {
    const auto first = run_now(asked("k1"));
    ASSERT_TRUE(first);
    EXPECT_FALSE(is_replay(*first));
    const auto second = run_now(asked("k1"));
    ASSERT_TRUE(second);
    EXPECT_TRUE(is_replay(*second));
    EXPECT_EQ(second->status, 201U);
    EXPECT_EQ(second->body, R"({"run":1})");
    EXPECT_EQ(second->content_type, "application/json");
    EXPECT_EQ(second->headers.front(), first->headers.front());
    EXPECT_EQ(effects(), 1);
}

TEST_P(idempotency_test, tells_requests_apart) {
    ASSERT_TRUE(run_now(asked("k1")));
    const auto other_body = run_now(asked("k1", R"({"a":1})"));
    ASSERT_FALSE(other_body);
    EXPECT_EQ(other_body.error().code, errc::idempotency_key_reused);
    auto other_path = asked("k1");
    other_path.path = "/others";
    EXPECT_EQ(run_now(other_path).error().code, errc::idempotency_key_reused);
    EXPECT_FALSE(is_replay(*run_now(asked("k2"))));
    EXPECT_FALSE(is_replay(*run_now(asked("k1", "{}", 1001)))) << "keys belong to their caller";
    auto anonymous = asked("k1");
    anonymous.ctx.caller.reset();
    EXPECT_FALSE(is_replay(*run_now(anonymous)));
    EXPECT_EQ(effects(), 4);
}

TEST_P(idempotency_test, keeps_nothing_of_a_failure) {
    const auto failing = [](db::transaction& tx) -> awaitable<result<response>> {
        co_await tx.query(insert_effect, "x");
        co_return fail(errc::conflict);
    };
    const auto throwing = [](db::transaction& tx) -> awaitable<result<response>> {
        co_await tx.query(insert_effect, "x");
        throw std::runtime_error("broken");
    };
    const auto from = asked("k1");
    EXPECT_EQ(runtime_.block_on(run_once(scratch_.get(), from, failing)).error().code, errc::conflict);
    EXPECT_THROW(runtime_.block_on(run_once(scratch_.get(), from, throwing)), std::runtime_error);
    EXPECT_EQ(effects(), 0);
    EXPECT_FALSE(is_replay(*run_now(from)));
    EXPECT_EQ(effects(), 1);
}

TEST_P(idempotency_test, refuses_bad_keys) {
    for (const std::string& key :
         {std::string(),
          std::string("a b"),
          std::string(256, 'k'),
          std::string("k\x7f"),
          std::string("schlüssel")}) {
        const auto refused = run_now(asked(key));
        ASSERT_FALSE(refused) << key;
        EXPECT_EQ(refused.error().code, errc::malformed_request);
    }
    EXPECT_TRUE(run_now(asked(std::string(255, 'k'))));
    auto without = asked("k");
    without.headers.clear();
    EXPECT_TRUE(run_now(without));
    EXPECT_TRUE(run_now(without));
    EXPECT_EQ(effects(), 3);
}

TEST_P(idempotency_test, a_hundred_at_once_have_one_effect) {
    std::vector<std::future<result<response>>> answers;
    for (unsigned i = 0; i < 100; ++i) {
        const auto from = std::make_shared<request>(asked("same"));
        answers.push_back(asio::co_spawn(
            runtime_.executor(i % runtime_.size()),
            [this, from]() -> awaitable<result<response>> { co_return co_await run(*from); },
            asio::use_future
        ));
    }
    int replays = 0;
    for (auto& each : answers) {
        const auto answer = each.get();
        ASSERT_TRUE(answer) << answer.error().detail;
        EXPECT_EQ(answer->body, R"({"run":1})");
        replays += is_replay(*answer) ? 1 : 0;
    }
    EXPECT_EQ(replays, 99);
    EXPECT_EQ(effects(), 1);
}

TEST_P(idempotency_test, who_waits_longer_than_its_deadline_hears_of_the_first) {
    const auto slow = [](db::transaction&) -> awaitable<result<response>> {
        asio::steady_timer timer(co_await asio::this_coro::executor, 400ms);
        co_await timer.async_wait(asio::use_awaitable);
        co_return json_text_reply(201, "{}");
    };
    const auto first = asked("k1");
    auto running =
        asio::co_spawn(runtime_.executor(0), run_once(scratch_.get(), first, slow), asio::use_future);
    std::this_thread::sleep_for(100ms);
    auto hasty = asked("k1");
    hasty.ctx.until = deadline_in(100ms);
    EXPECT_EQ(run_now(hasty).error().code, errc::idempotency_in_flight);
    EXPECT_TRUE(running.get());
    EXPECT_TRUE(is_replay(*run_now(asked("k1"))));
    EXPECT_EQ(runs_, 0);
}

// Another handle to the same database stands for another replica: only the database can hold it back.
TEST_P(idempotency_test, replicas_wait_for_each_other) {
    db::options settings;
    settings.url = scratch_.url();
    const auto replica = db::open(runtime_, settings);
    const auto slow = [this](db::transaction& tx) -> awaitable<result<response>> {
        auto reply = co_await create(tx);
        asio::steady_timer timer(co_await asio::this_coro::executor, 600ms);
        co_await timer.async_wait(asio::use_awaitable);
        co_return reply;
    };
    const auto first = asked("k1");
    auto running =
        asio::co_spawn(runtime_.executor(0), run_once(scratch_.get(), first, slow), asio::use_future);
    std::this_thread::sleep_for(150ms);
    const auto again = [&](std::chrono::milliseconds patience) {
        auto from = asked("k1");
        from.ctx.until = deadline_in(patience);
        const auto work = [this](db::transaction& tx) { return create(tx); };
        return runtime_.block_on(run_once(*replica, from, work));
    };
    if (GetParam() == db::dialect::postgres)
        EXPECT_EQ(again(150ms).error().code, errc::idempotency_in_flight);
    const auto patient = again(5s);
    ASSERT_TRUE(patient);
    EXPECT_TRUE(is_replay(*patient));
    EXPECT_TRUE(running.get());
    EXPECT_EQ(effects(), 1);
}

TEST_P(idempotency_test, forgets_old_keys_only) {
    ASSERT_TRUE(run_now(asked("k1")));
    EXPECT_EQ(runtime_.block_on(forget_old_keys(scratch_.get(), 100)), 0);
    const auto long_ago = now_us() - std::chrono::microseconds(25h).count();
    for (const char* key : {"old1", "old2", "old3"}) {
        runtime_.block_on(
            scratch_.get().query(deadline_in(5s), sql::insert_key, "user 1000", key, "f", long_ago)
        );
    }
    EXPECT_EQ(runtime_.block_on(forget_old_keys(scratch_.get(), 2)), 2);
    EXPECT_EQ(runtime_.block_on(forget_old_keys(scratch_.get(), 100)), 1);
    EXPECT_TRUE(is_replay(*run_now(asked("k1"))));
}

TEST_P(idempotency_test, every_statement_fits_the_schema) {
    scratch_.prepare(sql::all_statements);
}

}  // namespace
}  // namespace esm::http
