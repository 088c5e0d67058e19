// Unique and concurrency keys of tasks on both databases.
#include <boost/asio/use_future.hpp>
#include <set>

#include "services/tasks/contract_fixture.hpp"

namespace esm::tasks {
namespace {

class key_contract : public task_parts {
protected:
    static new_task keyed(std::optional<unique_conflict> on_conflict = {}, std::string key = "k") {
        auto given = of_type("a");
        given.unique_key = std::move(key);
        given.on_conflict = on_conflict;
        return given;
    }
    result<task> tried(new_task given) { return runtime_.block_on(create(std::move(given))); }

    task limited(std::int64_t user_id = 1001, std::int64_t limit = 2) {
        auto given = of_type("a", user_id);
        given.concurrency_key = "k";
        given.concurrency_limit = limit;
        return created(given);
    }

    std::vector<written> write(std::vector<task_draft>& drafts) {
        return transact([&](db::transaction& tx) { return creating_.write(tx, drafts); });
    }
    std::vector<task_draft> drafts_of(const new_task& given, int count) {
        std::vector<task_draft> drafts;
        for (int i = 0; i < count; ++i) {
            drafts.push_back(*runtime_.block_on(creating_.prepare(ctx_, given)));
        }
        return drafts;
    }
};

TEST_P(key_contract, one_with_the_key_is_given_back_unless_told_otherwise) {
    const auto first = created(keyed());
    const auto before = events_.load();
    EXPECT_EQ(created(keyed()).id, first.id);
    EXPECT_EQ(created(keyed(unique_conflict::give_existing)).id, first.id);
    EXPECT_EQ(events_, before) << "nothing was made";
    EXPECT_NE(created(keyed({}, "other")).id, first.id);
    auto of_other_user = keyed();
    of_other_user.user_id = 1002;
    EXPECT_NE(created(of_other_user).id, first.id) << "a key is its user's";
    EXPECT_EQ(claim("external:a").size(), 3U);
    EXPECT_EQ(created(keyed()).status, task_status::running) << "as it is now";
}

TEST_P(key_contract, a_conflict_is_refused_where_asked) {
    const auto first = created(keyed());
    const auto refused = tried(keyed(unique_conflict::reject));
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, errc::unique_key_in_use);
    EXPECT_NE(refused.error().detail.find(std::to_string(first.id)), std::string::npos);
    run(first);
    EXPECT_TRUE(tried(keyed(unique_conflict::reject)).has_value());
}

TEST_P(key_contract, every_end_frees_the_key_and_a_retry_does_not) {
    for (const auto what :
         {happening::completed, happening::failed, happening::timed_out, happening::cancelled}) {
        const auto had = created(keyed());
        run(had, what);
        const auto next = created(keyed());
        EXPECT_NE(next.id, had.id);
        EXPECT_TRUE(cancelled(next.id).has_value());
    }
    const auto retried = created(keyed());
    run(retried, happening::failed_once);
    EXPECT_EQ(created(keyed()).id, retried.id);
}

TEST_P(key_contract, replacing_cancels_one_that_waits) {
    const auto first = created(keyed());
    const auto second = created(keyed(unique_conflict::replace));
    EXPECT_NE(second.id, first.id);
    EXPECT_EQ(status_of(first), task_status::cancelled);
    EXPECT_EQ(created(keyed()).id, second.id);
    EXPECT_EQ(claim("external:a").size(), 1U);
}

TEST_P(key_contract, replacing_asks_one_that_runs_to_stop) {
    const auto first = created(keyed());
    const auto held = claimed(first);
    const auto second = created(keyed(unique_conflict::replace));
    EXPECT_NE(second.id, first.id);
    EXPECT_EQ(status_of(first), task_status::running);
    EXPECT_TRUE(stored(first.id)->cancel_requested);
    EXPECT_EQ(status_of(second), task_status::pending);
    EXPECT_EQ(created(keyed()).id, second.id) << "the key is the new one's";
    EXPECT_EQ(end(held, happening::failed)->status, task_status::cancelled);
    EXPECT_EQ(created(keyed()).id, second.id) << "the old one's end does not free it";
    run(second);
    EXPECT_NE(created(keyed()).id, second.id);
}

TEST_P(key_contract, many_at_once_are_one) {
    std::vector<std::future<result<task>>> creations;
    for (unsigned i = 0; i < 40; ++i) {
        creations.push_back(asio::co_spawn(runtime_.at(i % 2), create(keyed()), asio::use_future));
    }
    std::set<std::int64_t> ids;
    for (auto& each : creations) {
        const auto made = each.get();
        ASSERT_TRUE(made.has_value());
        ids.insert(made->id);
    }
    EXPECT_EQ(ids.size(), 1U);
    EXPECT_EQ(claim("external:a").size(), 1U);
}

TEST_P(key_contract, of_creations_that_share_a_transaction_too) {
    auto same = drafts_of(keyed(), 3);
    const auto answers = write(same);
    EXPECT_FALSE(answers[0].existing.has_value());
    EXPECT_EQ(answers[1].existing->id, same[0].made.id);
    EXPECT_EQ(answers[2].existing->id, same[0].made.id);

    auto rejected = drafts_of(keyed(unique_conflict::reject, "r"), 2);
    EXPECT_EQ(write(rejected)[1].refused->code, errc::unique_key_in_use);

    auto replaced = drafts_of(keyed(unique_conflict::replace, "p"), 3);
    write(replaced);
    EXPECT_EQ(status_of(replaced[0].made), task_status::cancelled);
    EXPECT_EQ(status_of(replaced[1].made), task_status::cancelled);
    EXPECT_EQ(status_of(replaced[2].made), task_status::pending);
    EXPECT_EQ(claim("external:a").size(), 3U);
}

TEST_P(key_contract, a_refused_creation_takes_no_key) {
    auto given = keyed();
    given.depends_on = {424242};
    EXPECT_FALSE(tried(given).has_value());
    EXPECT_EQ(status_of(created(keyed())), task_status::pending);
}

TEST_P(key_contract, keys_have_rules) {
    const auto pointers = [&](const new_task& given) {
        std::vector<std::string> found;
        const auto refused = tried(given);
        if (refused) return found;
        for (const auto& each : refused.error().fields) found.push_back(each.pointer);
        return found;
    };
    using strings = std::vector<std::string>;
    EXPECT_EQ(pointers(keyed({}, "")), strings{"/uniqueKey"});
    EXPECT_EQ(pointers(keyed({}, std::string(201, 'x'))), strings{"/uniqueKey"});
    auto given = of_type("a");
    given.on_conflict = unique_conflict::reject;
    given.concurrency_limit = 2;
    given.on_parent_failure = parent_failure::skip;
    EXPECT_EQ(pointers(given), (strings{"/onConflict", "/concurrencyLimit", "/onParentFailure"}));
    given = of_type("a");
    given.concurrency_key = "a\nb";
    given.concurrency_limit = 1001;
    given.depends_on = {5, 5};
    EXPECT_EQ(pointers(given), (strings{"/concurrencyKey", "/concurrencyLimit", "/dependsOn/1"}));
}

TEST_P(key_contract, no_more_of_a_concurrency_key_run_than_its_limit) {
    for (int i = 0; i < 5; ++i) limited();
    limited(1002, 1);
    limited(1002, 1);
    auto taken = claim("external:a");
    std::map<std::int64_t, int> by_user;
    for (const auto& each : taken) ++by_user[each.tenant];
    EXPECT_EQ(by_user, (std::map<std::int64_t, int>{{1001, 2}, {1002, 1}})) << "a key is its user's";
    EXPECT_TRUE(claim("external:a").empty());
    const auto first =
        std::find_if(taken.begin(), taken.end(), [](const lease::held& each) { return each.tenant == 1001; });
    EXPECT_TRUE(end(*first, happening::completed).has_value());
    auto next = claim("external:a");
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].tenant, 1001);
    EXPECT_TRUE(end(next[0], happening::given_back).has_value());
    EXPECT_EQ(claim("external:a").size(), 1U) << "one's place, whoever takes it";
    EXPECT_TRUE(claim("external:a").empty());
}

TEST_P(key_contract, one_that_waits_for_its_retry_has_no_place) {
    const auto first = limited(1001, 1);
    const auto second = limited(1001, 1);
    run(first, happening::failed_once);
    const auto next = claim("external:a", 1);
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].id, second.id);
    EXPECT_TRUE(claim("external:a").empty());
}

TEST_P(key_contract, cancelling_and_erasing_free_places) {
    const auto first = limited(1001, 1);
    const auto second = limited(1001, 1);
    EXPECT_TRUE(cancelled(first.id).has_value());
    const auto held = claimed(second);
    const auto third = limited(1001, 1);
    EXPECT_TRUE(claim("external:a").empty());
    EXPECT_TRUE(cancelled(second.id).has_value());
    EXPECT_TRUE(claim("external:a").empty()) << "it runs until its worker stops";
    EXPECT_EQ(end(held, happening::cancelled)->status, task_status::cancelled);
    EXPECT_EQ(claimed(third).token, 1);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    key_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
