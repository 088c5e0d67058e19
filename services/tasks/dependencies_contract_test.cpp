// Tasks that wait for others, on both databases: what parents' ends do to them, in any order and at once.
#include <boost/asio/use_future.hpp>

#include "services/tasks/contract_fixture.hpp"

namespace esm::tasks {
namespace {

using id_list = std::vector<std::int64_t>;

class dependency_contract : public task_parts {
protected:
    static new_task after(id_list parents, std::string type = "child") {
        auto given = of_type(std::move(type));
        given.depends_on = std::move(parents);
        return given;
    }
    task child_of(id_list parents, std::optional<parent_failure> policy = {}) {
        auto given = after(std::move(parents));
        given.on_parent_failure = policy;
        return created(std::move(given));
    }

    error refused(new_task given) { return runtime_.block_on(create(std::move(given))).error(); }

    awaitable<bool> complete(lease::held item) {
        co_return co_await database().transact(soon(), [&](db::transaction& tx) -> awaitable<bool> {
            co_return (co_await end_in(tx, item, happening::completed, "{}")).has_value();
        });
    }
    std::future<bool> completing(unsigned shard, lease::held item) {
        return asio::co_spawn(runtime_.at(shard), complete(std::move(item)), asio::use_future);
    }
};

TEST_P(dependency_contract, a_task_waits_for_all_its_parents) {
    const auto first = created(of_type("first")), second = created(of_type("second"));
    const auto child = child_of({second.id, first.id});
    EXPECT_EQ(child.status, task_status::blocked);
    EXPECT_EQ(stored(child.id)->extra.depends_on, (id_list{first.id, second.id}));
    EXPECT_TRUE(claim("external:child").empty());
    run(first);
    EXPECT_EQ(status_of(child), task_status::blocked);
    EXPECT_TRUE(claim("external:child").empty());
    run(second);
    const auto free = stored(child.id);
    EXPECT_EQ(free->status, task_status::pending);
    EXPECT_EQ(free->version, 2);
    run(child);
    EXPECT_EQ(status_of(child), task_status::completed);
}

TEST_P(dependency_contract, a_child_cancelled_while_its_parent_ends_is_never_run) {
    const auto parent = created(of_type("parent"));
    const auto child = child_of({parent.id});
    const auto item = claimed(parent);
    std::future<result<task>> cancelling;
    transact([&](db::transaction& tx) -> awaitable<bool> {
        co_await end_in(tx, item, happening::completed, "{}");
        // It waits for this transaction, which makes the child claimable.
        cancelling = asio::co_spawn(runtime_.at(1), cancelling_.run(child.id, {}, soon()), asio::use_future);
        asio::steady_timer pause(co_await asio::this_coro::executor, std::chrono::milliseconds(200));
        co_await pause.async_wait(asio::use_awaitable);
        co_return true;
    });
    EXPECT_EQ(cancelling.get()->status, task_status::cancelled);
    EXPECT_TRUE(claim("external:child").empty());
    EXPECT_EQ(status_of(child), task_status::cancelled);
}

TEST_P(dependency_contract, a_failed_parent_fails_skips_or_does_not_matter) {
    const auto parent = created(of_type("parent"));
    const auto failing = child_of({parent.id}), skipped = child_of({parent.id}, parent_failure::skip),
               running = child_of({parent.id}, parent_failure::run);
    run(parent, happening::failed);
    EXPECT_EQ(status_of(failing), task_status::failed);
    EXPECT_EQ(
        stored(failing.id)->error_message, fmt::format("task {}, which it depends on, is failed", parent.id)
    );
    EXPECT_EQ(status_of(skipped), task_status::cancelled);
    EXPECT_EQ(
        stored(skipped.id)->error_message,
        fmt::format("skipped: task {}, which it depends on, is failed", parent.id)
    );
    EXPECT_FALSE(stored(skipped.id)->cancel_requested);
    EXPECT_TRUE(stored(skipped.id)->completed_at.has_value());
    EXPECT_EQ(status_of(running), task_status::pending);
    const auto left = claim("external:child");
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].id, running.id);
}

TEST_P(dependency_contract, every_end_but_completion_is_a_failure) {
    for (const auto what : {happening::failed, happening::timed_out, happening::cancelled}) {
        const auto parent = created(of_type("parent"));
        const auto child = child_of({parent.id});
        run(parent, what);
        EXPECT_EQ(status_of(child), task_status::failed);
    }
    const auto waiting = created(of_type("parent"));
    const auto child = child_of({waiting.id});
    EXPECT_TRUE(cancelled(waiting.id).has_value());
    EXPECT_EQ(status_of(child), task_status::failed) << "cancelled before it ran";
}

TEST_P(dependency_contract, a_retry_decides_nothing) {
    const auto parent = created(of_type("parent"));
    const auto child = child_of({parent.id});
    run(parent, happening::failed_once);
    EXPECT_EQ(status_of(child), task_status::blocked);
}

TEST_P(dependency_contract, chains_run_link_by_link) {
    const auto first = created(of_type("first"));
    const auto second = created(after({first.id}, "second"));
    const auto third = created(after({second.id}, "third"));
    run(first);
    EXPECT_EQ(status_of(third), task_status::blocked);
    run(second);
    run(third);
    EXPECT_EQ(status_of(third), task_status::completed);
}

TEST_P(dependency_contract, failures_cascade) {
    const auto first = created(of_type("first"));
    const auto second = child_of({first.id});
    const auto third = child_of({second.id}, parent_failure::skip);
    const auto fourth = child_of({third.id});
    const auto stubborn = child_of({fourth.id}, parent_failure::run);
    const auto before = events_.load();
    run(first, happening::failed);
    EXPECT_EQ(status_of(second), task_status::failed);
    EXPECT_EQ(status_of(third), task_status::cancelled);
    EXPECT_EQ(status_of(fourth), task_status::failed);
    EXPECT_EQ(status_of(stubborn), task_status::pending);
    EXPECT_GT(events_, before);
}

TEST_P(dependency_contract, a_failed_parent_is_not_waited_past) {
    const auto first = created(of_type("first")), second = created(of_type("second"));
    const auto strict = child_of({first.id, second.id});
    const auto stubborn = child_of({first.id, second.id}, parent_failure::run);
    run(first, happening::failed);
    EXPECT_EQ(status_of(strict), task_status::failed) << "at once";
    EXPECT_EQ(status_of(stubborn), task_status::blocked) << "it waits for both";
    run(second);
    EXPECT_EQ(status_of(strict), task_status::failed);
    EXPECT_EQ(status_of(stubborn), task_status::pending);
}

TEST_P(dependency_contract, parents_may_have_ended_already) {
    const auto good = created(of_type("good")), bad = created(of_type("bad"));
    run(good);
    run(bad, happening::failed);
    EXPECT_EQ(status_of(child_of({good.id})), task_status::pending);
    EXPECT_EQ(status_of(child_of({good.id, bad.id})), task_status::failed);
    EXPECT_EQ(status_of(child_of({bad.id, good.id}, parent_failure::skip)), task_status::cancelled);
    EXPECT_EQ(status_of(child_of({bad.id}, parent_failure::run)), task_status::pending);
    const auto open = created(of_type("open"));
    EXPECT_EQ(status_of(child_of({good.id, open.id})), task_status::blocked);
    EXPECT_EQ(claim("external:child").size(), 2U);
}

TEST_P(dependency_contract, the_instant_counts_once_the_parents_are_over) {
    const auto parent = created(of_type("parent"));
    auto given = after({parent.id});
    given.run_at = now_us() + 3'600'000'000;
    const auto child = created(given);
    EXPECT_EQ(child.status, task_status::blocked);
    run(parent);
    EXPECT_EQ(status_of(child), task_status::scheduled);
    EXPECT_EQ(stored(child.id)->run_at, given.run_at);
    EXPECT_TRUE(claim("external:child").empty());
}

TEST_P(dependency_contract, only_the_users_own_tasks_can_be_waited_for) {
    const auto other = created(of_type("parent", 1002));
    const auto before = events_.load();
    for (const auto id : {other.id, std::int64_t{424242}}) {
        const auto why = refused(after({id}));
        EXPECT_EQ(why.code, errc::validation_failed);
        ASSERT_EQ(why.fields.size(), 1U);
        EXPECT_EQ(why.fields[0].pointer, "/dependsOn");
        EXPECT_EQ(why.fields[0].message, fmt::format("names task {}, which is not there", id))
            << "the same words: whether it exists is not theirs to know";
    }
    EXPECT_EQ(events_, before);
    run(other);
}

TEST_P(dependency_contract, a_blocked_task_can_be_cancelled) {
    const auto parent = created(of_type("parent"));
    const auto child = child_of({parent.id});
    const auto grandchild = child_of({child.id}, parent_failure::skip);
    EXPECT_EQ(cancelled(child.id)->status, task_status::cancelled);
    EXPECT_EQ(status_of(grandchild), task_status::cancelled);
    run(parent);
    EXPECT_EQ(status_of(child), task_status::cancelled);
    EXPECT_EQ(stored(child.id)->version, 2) << "its parent's end changes nothing";
    EXPECT_TRUE(claim("external:child").empty());
}

TEST_P(dependency_contract, parents_that_end_at_the_same_moment_free_their_child_once) {
    for (int round = 0; round < 20; ++round) {
        const auto first = created(of_type("first")), second = created(of_type("second"));
        const auto child = child_of({first.id, second.id});
        const auto one = claimed(first), other = claimed(second);
        auto ending = completing(0, one), too = completing(1, other);
        EXPECT_TRUE(ending.get());
        EXPECT_TRUE(too.get());
        ASSERT_EQ(status_of(child), task_status::pending) << "round " << round;
        run(child);
    }
}

TEST_P(dependency_contract, parents_that_end_in_one_transaction_free_their_child_once) {
    const auto first = created(of_type("first")), second = created(of_type("second"));
    const auto child = child_of({first.id, second.id});
    std::vector<attempt_end> ends;
    for (const auto* each : {&first, &second}) {
        auto item = claimed(*each);
        ends.push_back({std::move(item), std::make_shared<const task>(*stored(each->id))});
    }
    transact([&](db::transaction& tx) { return ends_.write(tx, ends); });
    EXPECT_EQ(status_of(child), task_status::pending);
    EXPECT_EQ(stored(child.id)->version, 2);
    EXPECT_EQ(claim("external:child").size(), 1U);
}

TEST_P(dependency_contract, a_child_made_as_its_parent_ends_is_never_forgotten) {
    for (int round = 0; round < 20; ++round) {
        const auto parent = created(of_type("parent"));
        const auto item = claimed(parent);
        auto ending = completing(1, item);
        auto making = asio::co_spawn(runtime_.at(0), create(after({parent.id})), asio::use_future);
        EXPECT_TRUE(ending.get());
        const auto child = making.get();
        ASSERT_TRUE(child.has_value());
        ASSERT_EQ(status_of(*child), task_status::pending) << "round " << round;
        run(*child);
    }
}

TEST_P(dependency_contract, tasks_made_together_may_wait_for_each_other) {
    std::vector<task_draft> drafts;
    drafts.push_back(*runtime_.block_on(creating_.prepare(ctx_, of_type("parent"))));
    const auto parent = drafts[0].made;
    drafts.push_back(*runtime_.block_on(creating_.prepare(ctx_, after({parent.id}))));
    const auto child = drafts[1].made;
    for (const auto& each : transact([&](db::transaction& tx) { return creating_.write(tx, drafts); })) {
        EXPECT_FALSE(each.refused.has_value());
    }
    EXPECT_EQ(status_of(child), task_status::blocked);
    run(parent);
    EXPECT_EQ(status_of(child), task_status::pending);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    dependency_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
