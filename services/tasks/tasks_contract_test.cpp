// The store and the use cases of the task service on both databases.
#include <boost/asio/use_future.hpp>
#include <set>

#include "platform/lease/lease.hpp"
#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/get_task.hpp"
#include "services/tasks/list_tasks.hpp"
#include "services/tasks/sql.hpp"
#include "services/tasks/task_json.hpp"

namespace esm::tasks {
namespace {

class task_contract : public task_parts {
protected:
    // The ids on all pages, in order.
    std::vector<std::int64_t> listed(const task_store::filter& which, std::int64_t limit = 50) {
        std::vector<std::int64_t> ids;
        http::page where{limit, {}};
        for (bool more = true; more;) {
            const auto page = runtime_.block_on(list_tasks(database(), which, where, soon()));
            for (const auto& each : page.tasks) ids.push_back(each.id);
            more = !page.next_cursor.empty();
            if (more) where.after = {page.tasks.back().created_at, page.tasks.back().id};
        }
        return ids;
    }

    std::vector<std::string> broken(new_task given) {
        std::vector<std::string> pointers;
        const auto refused = runtime_.block_on(create(std::move(given)));
        if (refused) return pointers;
        EXPECT_EQ(refused.error().code, errc::validation_failed);
        for (const auto& each : refused.error().fields) pointers.push_back(each.pointer);
        return pointers;
    }
};

TEST_P(task_contract, every_statement_fits_the_schema) {
    scratch_.prepare(sql::all_statements);
}

TEST_P(task_contract, a_created_task_is_stored_whole_and_claimable) {
    auto given = of_type("external_thing");
    given.parameters = {{"text", "ünï \"quoted\" \\ {a,b}"}, {"list", {1, 2}}};
    given.priority = task_priority::high;
    given.queue = "nightly";
    given.timeout_seconds = 60;
    given.max_attempts = 7;
    given.tags = {"a b", "größe,{}"};
    ctx_.trace.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto made = created(given);
    EXPECT_GE(made.id, 1000);
    const auto found = stored(made.id);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(task_body(*found), task_body(made));
    EXPECT_EQ(found->correlation_id, "correlation-1");
    EXPECT_EQ(found->traceparent, ctx_.trace.traceparent);
    EXPECT_EQ(boost::json::parse(found->parameters), boost::json::value(given.parameters));
    EXPECT_EQ(found->status, task_status::pending);
    EXPECT_EQ(events_, 1);
    EXPECT_EQ(wakes_, 0) << "nothing to do here for an external type";
    EXPECT_TRUE(claim("builtin").empty());
    ASSERT_EQ(claim("external:external_thing").size(), 1U);
}

TEST_P(task_contract, a_task_for_later_is_scheduled) {
    auto given = of_type("data_processing");
    given.parameters = {{"format", "csv"}, {"csv", "a"}};
    given.run_at = now_us() + 3'600'000'000;
    const auto made = created(given);
    EXPECT_EQ(made.status, task_status::scheduled);
    EXPECT_EQ(made.run_at, given.run_at);
    EXPECT_TRUE(claim("builtin").empty());
    given.run_at = now_us() - 3'600'000'000;
    const auto due = created(given);
    EXPECT_EQ(due.status, task_status::pending);
    EXPECT_EQ(due.run_at, due.created_at) << "past means now";
    EXPECT_EQ(claim("builtin").size(), 1U);
    EXPECT_EQ(wakes_, 1);
}

TEST_P(task_contract, broken_rules_are_named_all_at_once) {
    using strings = std::vector<std::string>;
    EXPECT_EQ(broken(of_type("Bad-Type")), strings{"/taskType"});
    EXPECT_EQ(broken(of_type("")), strings{"/taskType"});
    auto given = of_type("data_processing");
    given.queue = "No";
    given.timeout_seconds = 0;
    given.max_attempts = 26;
    given.tags = {"ok", "", "a\"b", "ok", std::string(65, 'x')};
    given.run_at = now_us() + 400LL * 24 * 3600 * 1'000'000;
    given.parameters = {{"format", "json"}};
    EXPECT_EQ(
        broken(given),
        (strings{
            "/queue",
            "/timeoutSeconds",
            "/maxAttempts",
            "/tags/1",
            "/tags/2",
            "/tags/3",
            "/tags/4",
            "/runAt",
            "/parameters/rows"
        })
    );
    auto large = of_type("external_thing");
    large.parameters = {{"text", std::string(70'000, 'x')}};
    EXPECT_EQ(broken(large), strings{"/parameters"});
    EXPECT_EQ(events_, 0);
}

TEST_P(task_contract, five_hundred_at_once_are_each_stored_once) {
    std::vector<std::future<result<task>>> creations;
    for (unsigned i = 0; i < 500; ++i) {
        creations.push_back(asio::co_spawn(
            runtime_.at(i % 2), create(of_type("external_thing", 2000 + i % 5)), asio::use_future
        ));
    }
    std::set<std::int64_t> ids;
    for (auto& each : creations) {
        const auto made = each.get();
        ASSERT_TRUE(made.has_value());
        ids.insert(made->id);
    }
    EXPECT_EQ(ids.size(), 500U);
    EXPECT_EQ(claim("external:external_thing").size(), 500U);
    EXPECT_EQ(listed({.user_id = 2003}).size(), 100U);
    EXPECT_LT(events_, 500) << "creations share transactions";
}

TEST_P(task_contract, reads_by_id_share_and_hide) {
    const auto mine = created(of_type("a", 1001));
    const auto other = created(of_type("a", 1002));
    get_task reading(runtime_, database());
    const auto read = [&](std::int64_t id, std::optional<std::int64_t> visible) {
        return runtime_.block_on(reading.run(id, visible, soon()));
    };
    EXPECT_EQ(read(mine.id, 1001)->id, mine.id);
    EXPECT_EQ(read(other.id, {})->id, other.id);
    EXPECT_EQ(read(other.id, 1001).error().code, errc::not_found);
    EXPECT_EQ(read(999'999, {}).error().code, errc::not_found);
    std::vector<std::future<result<task>>> reads;
    for (int i = 0; i < 50; ++i) {
        const auto id = i % 2 == 0 ? mine.id : other.id;
        reads.push_back(asio::co_spawn(runtime_.at(0), reading.run(id, 1001, soon()), asio::use_future));
    }
    for (int i = 0; i < 50; ++i) EXPECT_EQ(reads[static_cast<std::size_t>(i)].get().has_value(), i % 2 == 0);
}

TEST_P(task_contract, lists_by_every_filter_and_page_by_page) {
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 12; ++i) {
        auto given = of_type(i % 2 == 0 ? "even" : "odd", i < 10 ? 1001 : 1002);
        if (i % 3 == 0) given.priority = task_priority::critical;
        if (i % 4 == 0) given.queue = "nightly";
        if (i == 5) given.tags = {"x", "a%b"};
        if (i == 6) given.tags = {"xx"};
        ids.insert(ids.begin(), created(given).id);
    }
    const auto own = std::vector(ids.begin() + 2, ids.end());
    EXPECT_EQ(listed({}), ids);
    EXPECT_EQ(listed({.user_id = 1001}), own);
    EXPECT_EQ(listed({.user_id = 1001}, 3), own) << "pages join without gap or overlap";
    EXPECT_EQ(listed({}, 5), ids);
    EXPECT_EQ(listed({.user_id = 1001, .type = "even"}).size(), 5U);
    EXPECT_EQ(listed({.user_id = 1001, .priority = task_priority::critical}).size(), 4U);
    EXPECT_EQ(listed({.queue = "nightly"}).size(), 3U);
    EXPECT_EQ(listed({.user_id = 1001, .tag = "x"}), std::vector{own[4]}) << "not the tag xx";
    EXPECT_EQ(listed({.tag = "a%b"}).size(), 1U);
    EXPECT_TRUE(listed({.tag = "a_b"}).empty());
    EXPECT_EQ(listed({.created_from = stored(own[4])->created_at}).size(), 7U);
    EXPECT_EQ(listed({.created_before = stored(own[4])->created_at}).size(), 5U);

    EXPECT_TRUE(cancelled(own[0]).has_value());
    EXPECT_EQ(listed({.user_id = 1001, .status = task_status::cancelled}), std::vector{own[0]});
    EXPECT_EQ(listed({.user_id = 1001, .status = task_status::pending}).size(), 9U);
    EXPECT_EQ(listed({.status = task_status::pending}).size(), 11U);
    EXPECT_EQ(listed({.status = task_status::cancelled, .type = "even"}).size(), 0U);
}

// However a list finds them: by what waits, by the index of the rarer states, or along all of the user's
// tasks.
TEST_P(task_contract, lists_each_state_among_few_and_many_that_wait) {
    using enum task_status;
    const auto completes = created(of_type("a"));
    run(completes);
    const auto fails = created(of_type("b"));
    run(fails, happening::failed);
    auto later = of_type("c");
    later.run_at = now_us() + 3'600'000'000;
    const auto scheduled_one = created(later);
    const auto retried = created(of_type("d"));
    run(retried, happening::failed_once);
    std::vector<std::int64_t> waiting{created(of_type("e")).id};
    created(of_type("e", 1002));
    const auto check = [&] {
        EXPECT_EQ(listed({.user_id = 1001, .status = pending}, 200), waiting);
        EXPECT_EQ(listed({.user_id = 1001, .status = completed}), std::vector{completes.id});
        EXPECT_EQ(listed({.user_id = 1001, .status = failed}), std::vector{fails.id});
        EXPECT_EQ(listed({.user_id = 1001, .status = scheduled}), std::vector{scheduled_one.id});
        EXPECT_EQ(listed({.user_id = 1001, .status = retrying}), std::vector{retried.id});
    };
    check();
    std::vector<std::future<result<task>>> more;
    for (int i = 0; i < 1000; ++i) {
        more.push_back(asio::co_spawn(runtime_.at(0), create(of_type("e")), asio::use_future));
    }
    for (auto& each : more) waiting.push_back(each.get()->id);
    waiting = listed({.user_id = 1001, .type = "e"}, 200);
    EXPECT_EQ(waiting.size(), 1001U);
    check();
}

TEST_P(task_contract, save_writes_what_changes_and_lists_leave_large_results_out) {
    const auto small = created(of_type("a"));
    const auto large = created(of_type("a"));
    transact([&](db::transaction& tx) -> awaitable<bool> {
        auto rows = co_await task_store::lock(tx, {large.id, small.id});
        EXPECT_EQ(rows.size(), 2U);
        EXPECT_EQ(rows[0].id, small.id);
        for (auto& row : rows) {
            EXPECT_TRUE(apply(row, happening::claimed, {.now = 100}));
            const auto size = row.id == small.id ? 10U : carried_result_max_bytes + 1;
            EXPECT_TRUE(
                apply(row, happening::completed, {.now = 250, .result = "\"" + std::string(size, 'r') + "\""})
            );
            row.cancel_requested = row.id == small.id;
        }
        co_await task_store::save(tx, rows);
        co_return true;
    });
    const auto found = stored(large.id);
    EXPECT_EQ(found->status, task_status::completed);
    EXPECT_EQ(found->result->size(), carried_result_max_bytes + 3);
    EXPECT_EQ(found->started_at, 100);
    EXPECT_EQ(found->completed_at, 250);
    EXPECT_EQ(found->progress, 100);
    EXPECT_EQ(found->attempt, 1);
    EXPECT_EQ(found->version, 3);
    EXPECT_FALSE(found->cancel_requested);
    EXPECT_TRUE(stored(small.id)->cancel_requested);
    const auto page = runtime_.block_on(list_tasks(database(), {}, {50, {}}, soon()));
    ASSERT_EQ(page.tasks.size(), 2U);
    EXPECT_TRUE(page.tasks[0].result_omitted);
    EXPECT_EQ(page.tasks[0].result, std::nullopt);
    EXPECT_FALSE(page.tasks[1].result_omitted);
    EXPECT_TRUE(page.tasks[1].result.has_value());
}

TEST_P(task_contract, a_running_task_is_shown_as_its_lease_has_it) {
    const auto made = created(of_type("a"));
    const auto waiting = created(of_type("a", 1002));
    EXPECT_TRUE(listed({.status = task_status::running}).empty());
    const auto held = claimed(made);
    const auto beat = [&](std::int64_t progress) {
        return transact([&](db::transaction& tx) -> awaitable<std::vector<lease::pulse>> {
            return lease::heartbeat(tx, {held}, {progress}, std::chrono::seconds(60));
        });
    };
    EXPECT_EQ(beat(40), std::vector{lease::pulse::ok});
    EXPECT_EQ(beat(40), std::vector{lease::pulse::ok});
    const auto shown = stored(made.id);
    EXPECT_EQ(shown->status, task_status::running);
    EXPECT_EQ(shown->progress, 40);
    EXPECT_EQ(shown->attempt, 1);
    EXPECT_EQ(shown->started_at, held.claimed_at);
    EXPECT_EQ(shown->worker, "test");
    EXPECT_EQ(shown->version, 3) << "created, claimed, one step of progress";
    EXPECT_EQ(listed({.status = task_status::running}), std::vector{made.id});
    EXPECT_EQ(listed({.user_id = 1001, .status = task_status::running}), std::vector{made.id});
    EXPECT_TRUE(listed({.user_id = 1002, .status = task_status::running}).empty());
    EXPECT_EQ(listed({.status = task_status::pending}), std::vector{waiting.id});
    EXPECT_TRUE(listed({.user_id = 1001, .status = task_status::pending}).empty());

    auto late = held;
    ++late.token;
    EXPECT_EQ(end(late, happening::completed), std::nullopt) << "another attempt's token";
    EXPECT_EQ(stored(made.id)->version, 3);
    const auto ended = end(held, happening::completed, "{\"n\":1}");
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(ended->version, 4);
    EXPECT_EQ(task_body(*stored(made.id)), task_body(*ended));
    EXPECT_EQ(end(held, happening::failed), std::nullopt) << "it has ended";
    EXPECT_EQ(stored(made.id)->status, task_status::completed);
}

TEST_P(task_contract, a_lease_that_is_due_at_once_runs_whatever_its_row_says) {
    const auto made = created(of_type("a"));
    transact([&](db::transaction& tx) -> awaitable<bool> {
        auto rows = co_await task_store::lock(tx, {made.id});
        rows.front().status = task_status::scheduled;
        co_await task_store::save(tx, rows);
        co_return true;
    });
    const auto held = claimed(made);
    EXPECT_EQ(status_of(made), task_status::running);
    EXPECT_EQ(end(held, happening::completed)->status, task_status::completed);
}

TEST_P(task_contract, cancelling_what_waits_ends_it_at_once) {
    auto given = of_type("data_processing");
    given.parameters = {{"format", "csv"}, {"csv", "a"}};
    given.run_at = now_us() + 3'600'000'000;
    const auto scheduled = created(given);
    const auto before = events_.load();
    const auto ended = cancelled(scheduled.id, 1001);
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(ended->status, task_status::cancelled);
    EXPECT_TRUE(ended->completed_at.has_value());
    EXPECT_EQ(ended->version, 2);
    EXPECT_EQ(events_, before + 1);
    EXPECT_EQ(task_body(*stored(scheduled.id)), task_body(*ended));
    EXPECT_EQ(cancelled(scheduled.id).error().code, errc::task_already_terminal);
    EXPECT_EQ(cancelled(scheduled.id, 1002).error().code, errc::not_found) << "somebody else's";
    EXPECT_EQ(cancelled(424242).error().code, errc::not_found);
    EXPECT_EQ(events_, before + 1);
}

TEST_P(task_contract, cancelling_what_an_external_worker_holds_only_asks) {
    const auto made = created(of_type("external_thing"));
    const auto items = claim("external:external_thing");
    const auto before = events_.load();
    const auto asked = cancelled(made.id);
    ASSERT_TRUE(asked.has_value());
    EXPECT_EQ(asked->status, task_status::running);
    EXPECT_TRUE(asked->cancel_requested);
    EXPECT_TRUE(stored(made.id)->cancel_requested);
    EXPECT_EQ(cancelled(made.id)->version, asked->version) << "asking again changes nothing";
    EXPECT_EQ(events_, before);
    const auto pulses = transact([&](db::transaction& tx) -> awaitable<std::vector<lease::pulse>> {
        return lease::heartbeat(tx, items, {-1}, std::chrono::seconds(60));
    });
    EXPECT_EQ(pulses, std::vector{lease::pulse::cancel});
    EXPECT_EQ(end(items[0], happening::failed)->status, task_status::cancelled);
    EXPECT_EQ(stored(made.id)->version, asked->version + 1);
}

TEST_P(task_contract, noting_a_known_user_again_is_no_failure) {
    const auto note = [&] {
        return transact([&](db::transaction& tx) -> awaitable<bool> {
            task_store::add_known_user(tx, 1001, 5);
            co_return true;
        });
    };
    EXPECT_TRUE(note());
    EXPECT_TRUE(note());
}

TEST_P(task_contract, what_waits_is_counted_by_queue) {
    const auto count = [&](std::string_view queue) {
        return runtime_.block_on(task_store::count_waiting(database(), queue, soon()));
    };
    created(of_type("waits"));
    created(of_type("waits"));
    EXPECT_EQ(count("external:waits"), 2);
    EXPECT_EQ(count(builtin_pool), 0);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    task_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
