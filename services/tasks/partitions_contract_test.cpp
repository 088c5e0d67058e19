// The history's partitions and its retention: PostgreSQL drops partitions, SQLite deletes.
#include "platform/db/sql.hpp"
#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/partitions.hpp"
#include "services/tasks/sql.hpp"

namespace esm::tasks {
namespace {

using std::chrono::days;

constexpr std::int64_t a_million = 1'000'000;

class history_contract : public task_parts {
protected:
    // As a process that has just started.
    void keep() {
        partitions history(database(), days(30));
        const auto work = [&]() -> awaitable<bool> {
            co_await history.keep();
            co_return true;
        };
        runtime_.block_on(work());
    }
    template <class... Given>
    db::rows ask(const db::statement& what, Given... given) {
        return runtime_.block_on(database().query(soon(), what, given...));
    }

    task created_long_ago(std::string type) {
        std::vector<task_draft> drafts;
        drafts.push_back(*runtime_.block_on(creating_.prepare(ctx_, of_type(std::move(type)))));
        drafts[0].made.created_at = 1;
        transact([&](db::transaction& tx) { return creating_.write(tx, drafts); });
        return drafts[0].made;
    }
    void end_long_ago(std::int64_t id) {
        transact([&](db::transaction& tx) -> awaitable<bool> {
            auto rows = co_await task_store::lock(tx, {id});
            rows.at(0).completed_at = 2;
            co_await task_store::save(tx, rows);
            co_return true;
        });
    }
    // It ends after it was given back once, and with a line of log.
    task with_links(const task& made) {
        const auto held = claimed(made);
        transact([&](db::transaction& tx) -> awaitable<bool> {
            attempt_store::append_log(tx, made.id, 1, 0, {{1, log_severity::info, "a line"}});
            co_return true;
        });
        EXPECT_TRUE(end(held, happening::given_back).has_value());
        run(made);
        return made;
    }
    bool has_links(std::int64_t id) {
        const auto lines =
            runtime_.block_on(attempt_store::list_log(database(), id, {}, 0, 0, 10, soon())).size();
        const auto attempts = attempts_of(id).size();
        EXPECT_EQ(lines, attempts);
        return attempts > 0;
    }
};

class retention_contract : public history_contract {};

TEST_P(retention_contract, tasks_that_ended_before_the_retention_go_with_all_that_is_theirs) {
    const auto old = with_links(created_long_ago("a")), young = with_links(created(of_type("a")));
    const auto open = created_long_ago("b");
    end_long_ago(old.id);
    keep();
    EXPECT_FALSE(stored(old.id).has_value());
    EXPECT_FALSE(has_links(old.id));
    EXPECT_TRUE(stored(young.id).has_value());
    EXPECT_TRUE(has_links(young.id));
    EXPECT_EQ(status_of(open), task_status::pending) << "however old: it has not ended";
    EXPECT_EQ(claim("external:b").size(), 1U);
}

class partition_contract : public history_contract {
protected:
    std::vector<std::string> closed() {
        std::vector<std::string> names;
        for (const auto& row : ask(sql::find_old_partitions, now_us() + a_million)) {
            names.push_back(row.text(0));
        }
        return names;
    }
    std::int64_t ids_left() { return ask(sql::measure_partitions, std::int64_t{0}).front().integer(0); }
    void use_ids(std::int64_t count) {
        ask(db::sql::take_id_block, std::string("task"), std::int64_t{1000}, count);
    }
    // The ids of now belong to a day long past, and another day began.
    void a_day_passed_long_ago() {
        ask(sql::open_partition, std::int64_t{10});
        EXPECT_EQ(ask(sql::begin_partition_day, std::int64_t{11}).front().integer(0), a_million);
    }
    // With the ids of a process that has just started.
    task created_anew(std::string type) {
        observe::metrics others{"others"};
        create_task creating({runtime_, database(), handlers_, changes_, cancelling_, others, 64L * 1024});
        const auto work = [&]() -> awaitable<result<task>> {
            auto draft = co_await creating.prepare(ctx_, of_type(std::move(type)));
            auto made = draft->made;
            const auto written = co_await creating.commit(std::move(*draft), ctx_.until);
            if (!written) co_return written.error();
            co_return made;
        };
        return *runtime_.block_on(work());
    }

    using strings = std::vector<std::string>;
};

TEST_P(partition_contract, a_new_day_begins_a_partition) {
    const auto first = created(of_type("a"));
    const std::int64_t today = now_us() / (24 * 3600 * a_million);
    ask(sql::open_partition, today - 1);
    EXPECT_EQ(closed(), strings{});
    keep();
    EXPECT_EQ(closed(), strings{"task_first"});
    const auto second = created_anew("a");
    EXPECT_GE(second.id, a_million);
    EXPECT_LT(second.id, 2 * a_million);
    keep();
    EXPECT_EQ(closed(), strings{"task_first"}) << "a day has one";
    EXPECT_LT(created_anew("a").id, 2 * a_million);
    EXPECT_EQ(stored(first.id)->id, first.id);
    EXPECT_EQ(stored(second.id)->id, second.id);
    EXPECT_EQ(claim("external:a").size(), 3U);
    const auto late = created(of_type("a"));
    EXPECT_LT(late.id, a_million) << "a process may have old ids left";
    run(late);
}

TEST_P(partition_contract, the_day_that_it_was_begun_closes_none) {
    created(of_type("a"));
    keep();
    keep();
    EXPECT_EQ(closed(), strings{});
}

TEST_P(partition_contract, a_day_without_tasks_begins_none) {
    created(of_type("a"));
    a_day_passed_long_ago();
    EXPECT_TRUE(ask(sql::begin_partition_day, std::int64_t{12}).empty());
    EXPECT_EQ(closed(), strings{"task_first"});
}

TEST_P(partition_contract, some_are_kept_ahead_of_the_ids) {
    created(of_type("a"));
    keep();
    const auto before = ids_left();
    keep();
    EXPECT_EQ(ids_left(), before) << "enough for two days";
    use_ids(before - 1000);
    keep();
    EXPECT_GT(ids_left(), a_million);
    for (int i = 0; i < 3; ++i) {
        use_ids(ids_left() - a_million / 2);
        EXPECT_EQ(status_of(created_anew("a")), task_status::pending);
        keep();
        EXPECT_GT(ids_left(), a_million);
    }
}

TEST_P(partition_contract, an_old_partition_is_dropped_once_all_in_it_is_over) {
    const auto old = with_links(created_long_ago("a")), young = with_links(created(of_type("a")));
    const auto open = created_long_ago("b");
    a_day_passed_long_ago();
    end_long_ago(old.id);
    keep();
    EXPECT_EQ(closed(), strings{"task_first"}) << "one has not ended, one not long ago";
    EXPECT_FALSE(stored(old.id).has_value()) << "deleted alone";
    EXPECT_FALSE(has_links(old.id));
    EXPECT_TRUE(has_links(young.id));
    run(open);
    end_long_ago(open.id);
    keep();
    EXPECT_EQ(closed(), strings{"task_first"});
    EXPECT_TRUE(has_links(young.id));
    end_long_ago(young.id);
    const auto next = with_links(created_anew("a"));
    keep();
    EXPECT_EQ(closed(), strings{"task_1000000"}) << "the first one is gone, and today has its own";
    EXPECT_FALSE(stored(young.id).has_value()) << "made of late: it went with its partition";
    EXPECT_FALSE(has_links(young.id));
    EXPECT_EQ(status_of(next), task_status::completed);
    EXPECT_TRUE(has_links(next.id));
}

TEST_P(partition_contract, one_in_use_is_dropped_later) {
    const auto old = with_links(created_long_ago("a"));
    a_day_passed_long_ago();
    end_long_ago(old.id);
    transact([&](db::transaction& tx) -> awaitable<bool> {
        co_await task_store::load(tx, {old.id});
        const auto begun = std::chrono::steady_clock::now();
        partitions history(database(), days(30));
        co_await history.keep();
        EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4))
            << "others wait no longer";
        co_return true;
    });
    EXPECT_EQ(closed(), strings{"task_first"});
    keep();
    EXPECT_EQ(closed(), strings{});
}

INSTANTIATE_TEST_SUITE_P(
    databases, retention_contract, ::testing::Values(db::dialect::sqlite), esm::testing::dialect_name
);
INSTANTIATE_TEST_SUITE_P(
    databases, partition_contract, ::testing::Values(db::dialect::postgres), esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
