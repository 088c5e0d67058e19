// What user.deleted.v1 leaves of a user in the task service, on both databases: an id, and nothing that comes
// late changes that.
#include "platform/http/idempotency.hpp"
#include "platform/http/sql.hpp"
#include "platform/lease/lease.hpp"
#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/erase_user.hpp"
#include "services/tasks/errors.hpp"
#include "services/tasks/known_users.hpp"
#include "services/tasks/schedules/schedule_store.hpp"
#include "services/tasks/sql.hpp"
#include "services/tasks/task_json.hpp"

namespace esm::tasks {
namespace {

class task_erasure_contract : public task_parts {
protected:
    static events::event about(std::int64_t user_id, std::string_view type) {
        const auto data = fmt::format(R"({{"userId":{}}})", user_id);
        return events::make_event("user-registration-events", type, "/users", "1", 1, data, {});
    }

    void take_in(const events::event& cause) {
        const auto applied = runtime_.block_on(database().transact(soon(), [&](db::transaction& tx) {
            return knowing_.apply(tx, cause);
        }));
        EXPECT_TRUE(applied.has_value());
    }

    // How many rows there were to delete: asked last, since they are gone then.
    std::int64_t known(std::int64_t user_id) {
        return runtime_.block_on(database().query(soon(), sql::delete_known_user, user_id)).affected();
    }
    std::int64_t answers_to(std::int64_t user_id) {
        principal caller;
        caller.user_id = user_id;
        const auto name = http::idempotency_caller(caller);
        return runtime_.block_on(database().query(soon(), http::sql::delete_keys_of_caller, name)).affected();
    }

    std::size_t tasks_of(std::int64_t user_id) {
        return runtime_.block_on(task_store::list(database(), {.user_id = user_id}, {}, 1000, soon()))
            .tasks.size();
    }

    result<http::response> create_once(std::int64_t user_id) {
        http::request asked;
        asked.method = "POST";
        asked.path = asked.target = "/tasks";
        asked.headers.emplace_back("idempotency-key", "key");
        asked.ctx = ctx_;
        asked.ctx.caller.emplace().user_id = user_id;
        std::vector<task_draft> drafts;
        drafts.push_back(*runtime_.block_on(creating_.prepare(ctx_, of_type("a", user_id))));
        const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
            const auto done = co_await creating_.write(tx, drafts);
            if (done.front().refused) co_return *done.front().refused;
            co_return http::json_text_reply(201, "{}");
        };
        return runtime_.block_on(http::run_once(database(), asked, write));
    }

    void add_schedule(std::int64_t id, std::int64_t user_id) {
        transact([&](db::transaction& tx) -> awaitable<bool> {
            schedules::schedule made;
            made.id = id;
            made.user_id = user_id;
            made.says.task = "{}";
            schedules::schedule_store::insert(tx, made);
            co_return true;
        });
    }
    std::size_t schedules_of(std::int64_t user_id) {
        const auto listed =
            runtime_.block_on(schedules::schedule_store::list(database(), user_id, 0, 10, soon()));
        return listed.schedules.size();
    }

    personal_data::erasure erasing_{runtime_, scratch_.get(), "tasks", erase_some};
    known_users knowing_{erasing_};
};

TEST_P(task_erasure_contract, a_deleted_user_leaves_nothing_and_others_everything) {
    for (const std::int64_t each : {1001, 1002}) {
        take_in(about(each, "user.registered.v1"));
        ASSERT_TRUE(create_once(each).has_value());
        created(of_type("a", each));
        add_schedule(each, each);
    }
    take_in(about(1001, "user.deleted.v1"));
    EXPECT_EQ(schedules_of(1001), 0U);
    EXPECT_EQ(schedules_of(1002), 1U);
    EXPECT_EQ(tasks_of(1001), 0U);
    EXPECT_EQ(tasks_of(1002), 2U);
    EXPECT_EQ(claim("external:a").size(), 2U) << "waiting leases go with their tasks";
    take_in(about(1001, "user.deleted.v1"));
    EXPECT_EQ(tasks_of(1002), 2U) << "twice is once";
    EXPECT_EQ(known(1001), 0);
    EXPECT_EQ(known(1002), 1);
    EXPECT_EQ(answers_to(1001), 0);
    EXPECT_EQ(answers_to(1002), 1);
}

TEST_P(task_erasure_contract, a_running_attempt_loses_its_lease) {
    const auto made = created(of_type("a"));
    const auto held = claim("external:a");
    ASSERT_EQ(held.size(), 1U);
    take_in(about(1001, "user.deleted.v1"));
    const auto pulses = transact([&](db::transaction& tx) -> awaitable<std::vector<lease::pulse>> {
        return lease::heartbeat(tx, held, {50}, std::chrono::seconds(60));
    });
    EXPECT_EQ(pulses, std::vector{lease::pulse::lost});
    EXPECT_EQ(end(held[0], happening::completed), std::nullopt);
    EXPECT_FALSE(stored(made.id).has_value());
}

TEST_P(task_erasure_contract, nothing_brings_a_deleted_user_back) {
    take_in(about(1001, "user.deleted.v1"));
    take_in(about(1001, "user.registered.v1"));
    EXPECT_EQ(known(1001), 0);
    const auto before = events_.load();
    EXPECT_EQ(runtime_.block_on(create(of_type("a"))).error().code, errc::forbidden);
    EXPECT_EQ(create_once(1001).error().code, errc::forbidden);
    EXPECT_EQ(tasks_of(1001), 0U);
    EXPECT_EQ(events_, before);
    EXPECT_EQ(answers_to(1001), 0);
}

TEST_P(task_erasure_contract, of_creations_that_share_a_transaction_only_the_deleted_users_are_refused) {
    take_in(about(1001, "user.deleted.v1"));
    std::vector<task_draft> drafts;
    for (const std::int64_t each : {1001, 1002, 1001, 1003}) {
        drafts.push_back(*runtime_.block_on(creating_.prepare(ctx_, of_type("a", each))));
    }
    const auto answers = transact([&](db::transaction& tx) { return creating_.write(tx, drafts); });
    std::vector<bool> refused;
    for (const auto& each : answers) refused.push_back(each.refused.has_value());
    EXPECT_EQ(refused, (std::vector{true, false, true, false}));
    EXPECT_EQ(answers[0].refused->code, errc::forbidden);
    EXPECT_EQ(task_body(*stored(drafts[1].made.id)), task_body(drafts[1].made));
    EXPECT_FALSE(stored(drafts[0].made.id).has_value());
    EXPECT_EQ(claim("external:a").size(), 2U);
}

TEST_P(task_erasure_contract, many_tasks_go_in_batches) {
    for (int i = 0; i < 12; ++i) {
        std::vector<task_draft> drafts;
        for (int k = 0; k < 100; ++k) {
            drafts.push_back(*runtime_.block_on(creating_.prepare(ctx_, of_type("a"))));
        }
        transact([&](db::transaction& tx) { return creating_.write(tx, drafts); });
    }
    take_in(about(1001, "user.deleted.v1"));
    EXPECT_EQ(tasks_of(1001), 700U) << "the consumer's transaction stays small";
    erasing_.start();
    EXPECT_TRUE(esm::testing::eventually(std::chrono::seconds(20), [&] { return tasks_of(1001) == 0; }));
    runtime_.block_on(erasing_.stop());
    EXPECT_TRUE(claim("external:a").empty());
}

TEST_P(task_erasure_contract, an_event_without_a_user_can_never_be_applied) {
    auto broken = about(1001, "user.deleted.v1");
    broken.data = R"({"userId":"1001"})";
    const auto applied = runtime_.block_on(database().transact(soon(), [&](db::transaction& tx) {
        return knowing_.apply(tx, broken);
    }));
    EXPECT_EQ(applied.error().code, errc::malformed_request);
    EXPECT_EQ(known(1001), 0);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    task_erasure_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
