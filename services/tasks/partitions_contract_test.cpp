// The history's partitions and its retention: PostgreSQL drops partitions, SQLite deletes.
#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/partitions.hpp"

namespace esm::tasks {
namespace {

using std::chrono::days;

constexpr db::statement both(const char* name, std::string_view text) {
    return {name, text, text};
}

constexpr auto age_ended =
    both("test.age_ended", "UPDATE task SET created_at = 1, completed_at = 2 WHERE id = $1");
constexpr auto age_open = both("test.age_open", "UPDATE task SET created_at = 1 WHERE id = $1");
constexpr auto age_day =
    both("test.age_day", "UPDATE task_partition SET begun_day = begun_day - 1 WHERE begun_day > 0");
constexpr auto close_long_ago =
    both("test.close_long_ago", "UPDATE task_partition SET closed_at = 1 WHERE closed_at IS NOT NULL");
constexpr auto use_ids = both("test.use_ids", "UPDATE id_block SET next = $1 WHERE name = 'task'");
constexpr auto next_id = both("test.next_id", "SELECT next FROM id_block WHERE name = 'task'");
constexpr auto show_partitions =
    both("test.show_partitions", "SELECT name, closed_at IS NOT NULL FROM task_partition ORDER BY end_id");

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

    // A task that ended after a retry and a line of log.
    task with_links() {
        const auto made = created(of_type("a"));
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
    const auto old = with_links(), young = with_links();
    const auto open = created(of_type("b"));
    ask(age_ended, old.id);
    ask(age_open, open.id);
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
    // "name", or "name closed".
    std::vector<std::string> shown() {
        std::vector<std::string> found;
        for (const auto& row : ask(show_partitions)) {
            found.push_back(row.text(0) + (row.boolean(1) ? " closed" : ""));
        }
        return found;
    }
    // The next day begins.
    void next_day() {
        keep();
        ask(age_day);
        keep();
    }
    // The ids of a process that has just started.
    task created_anew(std::string type) {
        create_task creating({runtime_, database(), handlers_, changes_, cancelling_, others_, 64L * 1024});
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
    observe::metrics others_{"others"};
};

TEST_P(partition_contract, a_new_day_begins_a_partition) {
    const auto first = created(of_type("a"));
    keep();
    EXPECT_EQ(shown(), (strings{"task_first", "task_1000000", "task_2000000"}));
    EXPECT_LT(ask(next_id).front().integer(0), 1'000'000) << "the day it was begun";
    ask(age_day);
    keep();
    EXPECT_EQ(shown().at(0), "task_first closed");
    EXPECT_EQ(shown().at(1), "task_1000000");
    const auto second = created_anew("a");
    EXPECT_GE(second.id, 1'000'000);
    EXPECT_LT(second.id, 2'000'000);
    keep();
    EXPECT_EQ(shown().at(1), "task_1000000") << "a day has one";
    EXPECT_EQ(stored(first.id)->id, first.id);
    EXPECT_EQ(stored(second.id)->id, second.id);
    EXPECT_EQ(claim("external:a").size(), 2U);
    const auto late = created(of_type("a"));
    EXPECT_LT(late.id, 1'000'000) << "a process may have old ids left";
    run(late);
}

TEST_P(partition_contract, a_day_without_tasks_begins_none) {
    created(of_type("a"));
    next_day();
    const auto next = ask(next_id).front().integer(0);
    next_day();
    EXPECT_EQ(ask(next_id).front().integer(0), next);
}

TEST_P(partition_contract, some_are_kept_ahead_of_the_ids) {
    created(of_type("a"));
    keep();
    EXPECT_EQ(shown().size(), 3U);
    ask(use_ids, std::int64_t{2'999'000});
    keep();
    EXPECT_EQ(shown().size(), 4U);
    for (int i = 0; i < 3; ++i) {
        ask(use_ids, std::int64_t{5'900'000 + i * 50'000});
        const auto made = created_anew("a");
        EXPECT_EQ(status_of(made), task_status::pending);
        keep();
    }
}

TEST_P(partition_contract, an_old_partition_is_dropped_once_all_in_it_is_over) {
    const auto old = with_links(), young = with_links();
    const auto open = created(of_type("b"));
    next_day();
    ask(close_long_ago);
    ask(age_ended, old.id);
    ask(age_open, open.id);
    keep();
    EXPECT_EQ(shown().at(0), "task_first closed") << "one has not ended, one not long ago";
    EXPECT_FALSE(stored(old.id).has_value()) << "deleted alone";
    EXPECT_TRUE(has_links(young.id));
    run(open);
    ask(age_ended, open.id);
    keep();
    EXPECT_EQ(shown().at(0), "task_first closed");
    EXPECT_TRUE(has_links(young.id));
    ask(age_ended, young.id);
    const auto next = created_anew("a");
    keep();
    EXPECT_EQ(shown().at(0), "task_1000000");
    EXPECT_FALSE(stored(young.id).has_value());
    EXPECT_FALSE(has_links(young.id));
    EXPECT_EQ(status_of(next), task_status::pending);
}

TEST_P(partition_contract, one_in_use_is_dropped_later) {
    const auto old = with_links();
    next_day();
    ask(close_long_ago);
    ask(age_ended, old.id);
    transact([&](db::transaction& tx) -> awaitable<bool> {
        co_await task_store::load(tx, {old.id});
        const auto begun = std::chrono::steady_clock::now();
        partitions history(database(), days(30));
        co_await history.keep();
        EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(4))
            << "others wait no longer";
        co_return true;
    });
    EXPECT_EQ(shown().at(0), "task_first closed");
    keep();
    EXPECT_EQ(shown().at(0), "task_1000000");
}

INSTANTIATE_TEST_SUITE_P(databases, retention_contract, ::testing::Values(db::dialect::sqlite), dialect_name);
INSTANTIATE_TEST_SUITE_P(
    databases, partition_contract, ::testing::Values(db::dialect::postgres), dialect_name
);

}  // namespace
}  // namespace esm::tasks
