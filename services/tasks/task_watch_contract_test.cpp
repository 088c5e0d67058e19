// The watch hub on both databases: changes that this process announces and those that only the database
// knows.
#include <map>

#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/task_json.hpp"
#include "services/tasks/task_watch.hpp"

namespace esm::tasks {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

class watch_contract : public task_parts {
protected:
    void begin(task_watch_options options = {}) {
        hub_ = std::make_unique<task_watch>(runtime_, database(), metrics_, options);
        hub_->start(0);
    }
    ~watch_contract() override {
        if (hub_) runtime_.block_on(stop());
    }
    awaitable<bool> stop() {
        co_await hub_->stop();
        co_return true;
    }

    // Asio's futures want values that can be made of nothing.
    template <class Open>
    result<task_watch::handle> opened(Open open) {
        std::optional<result<task_watch::handle>> got;
        const auto run = [&]() -> awaitable<bool> {
            got.emplace(co_await open());
            co_return true;
        };
        runtime_.block_on(run());
        return std::move(*got);
    }
    result<task_watch::handle> watch(const task& seen) {
        return opened([&] { return hub_->watch_task(seen); });
    }
    result<task_watch::handle> watch_user(std::int64_t id, std::optional<instant_us> since = {}) {
        return opened([&] { return hub_->watch_user(id, since, soon()); });
    }
    // The next news, of which there must be some within five seconds.
    watch_news news(const task_watch::handle& from) {
        const auto until = deadline_in(5s);
        for (;;) {
            auto got = runtime_.block_on(from->next(100ms));
            const bool none = got.changes.empty() && !got.current && !got.gone;
            if (!none || clock::now() > until) return got;
        }
    }
    bool stays_silent(const task_watch::handle& from, std::chrono::milliseconds patience) {
        const auto got = runtime_.block_on(from->next(patience));
        return got.changes.empty() && !got.current && !got.gone;
    }
    // Every task told of until `current`, by id.
    std::map<std::int64_t, task> all_until_current(const task_watch::handle& from) {
        std::map<std::int64_t, task> told;
        for (const auto until = deadline_in(10s); clock::now() < until;) {
            const auto got = news(from);
            for (const auto& each : got.changes) told[each->id] = *each;
            if (got.current) return told;
        }
        ADD_FAILURE() << "never current";
        return told;
    }

    // Changes the task as another process would: this one's hub is not told.
    void happen(std::int64_t id, happening what, const std::string& text = "{}") {
        if (what == happening::cancelled) {
            EXPECT_TRUE(cancelled(id).has_value());
        } else if (what == happening::claimed) {
            held_[id] = claimed(*stored(id));
        } else {
            EXPECT_TRUE(end(held_.at(id), what, text).has_value());
        }
    }

    std::map<std::int64_t, lease::held> held_;
    std::unique_ptr<task_watch> hub_;
};

TEST_P(watch_contract, sees_what_other_processes_do_within_a_tick) {
    begin({.poll = 250ms});
    const auto made = created(of_type("external"));
    const auto watched = watch(made);
    ASSERT_TRUE(watched);
    EXPECT_TRUE(stays_silent(*watched, 600ms)) << "it has been seen as it is";
    for (const auto [what, reached] :
         {std::pair{happening::claimed, task_status::running}, {happening::completed, task_status::completed}
         }) {
        happen(made.id, what);
        const auto changed_at = clock::now();
        const auto got = news(*watched);
        EXPECT_LT(clock::now() - changed_at, 350ms);
        ASSERT_EQ(got.changes.size(), 1U);
        EXPECT_EQ(got.changes[0]->status, reached);
    }
    EXPECT_TRUE(stays_silent(*watched, 600ms)) << "nothing comes after the end";
}

TEST_P(watch_contract, tells_at_once_what_this_process_did) {
    begin({.poll = 60s});
    const auto made = created(of_type("external"));
    const auto other = created(of_type("external"));
    const auto watched = watch(made);
    std::this_thread::sleep_for(200ms);  // the first round is over
    happen(made.id, happening::claimed);
    EXPECT_TRUE(stays_silent(*watched, 300ms)) << "nobody said so and the poll is far away";
    const auto said_at = clock::now();
    hub_->changed({other.id, made.id, 77});
    EXPECT_EQ(news(*watched).changes.at(0)->status, task_status::running);
    EXPECT_LT(clock::now() - said_at, 200ms);
}

TEST_P(watch_contract, a_slow_watcher_gets_the_latest_state) {
    begin({.poll = 20ms});
    const auto made = created(of_type("external"));
    const auto watched = watch(made);
    happen(made.id, happening::claimed);
    std::this_thread::sleep_for(300ms);
    happen(made.id, happening::failed, "no");
    std::this_thread::sleep_for(300ms);
    const auto got = news(*watched);
    ASSERT_EQ(got.changes.size(), 1U);
    EXPECT_EQ(got.changes[0]->status, task_status::failed);
    EXPECT_EQ(got.changes[0]->error_message, "no");
    EXPECT_EQ(got.changes[0]->version, made.version + 2);
}

TEST_P(watch_contract, what_happened_before_the_watch_began_is_told) {
    begin({.poll = 60s});
    const auto made = created(of_type("external"));
    happen(made.id, happening::claimed);
    const auto watched = watch(made);
    EXPECT_EQ(news(*watched).changes.at(0)->status, task_status::running);
}

TEST_P(watch_contract, many_watchers_are_told_and_too_many_refused) {
    constexpr std::size_t most = 300;
    begin({.watchers_max = most, .poll = 50ms});
    const auto made = created(of_type("external"));
    std::vector<task_watch::handle> watching;
    for (std::size_t i = 0; i < most; ++i) watching.push_back(*watch(made));
    const auto refused = watch(made);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::overloaded);
    EXPECT_EQ(refused.error().retry_after, 5s);
    EXPECT_FALSE(watch_user(1001)) << "one limit for both kinds";
    happen(made.id, happening::claimed);
    for (const auto& each : watching) EXPECT_EQ(news(each).changes.size(), 1U);
    EXPECT_NE(metrics_.scrape().find("task_watchers{service=\"tasks\"} 300"), std::string::npos);
    watching.pop_back();
    EXPECT_TRUE(watch(made));
    watching.clear();
    EXPECT_NE(metrics_.scrape().find("task_watchers{service=\"tasks\"} 0"), std::string::npos);
}

TEST_P(watch_contract, a_deleted_task_is_gone) {
    begin({.poll = 50ms});
    const auto made = created(of_type("external"));
    const auto watched = watch(made);
    transact([&](db::transaction& tx) -> awaitable<bool> {
        task_store::remove(tx, {made.id});
        co_return true;
    });
    EXPECT_TRUE(news(*watched).gone);
}

TEST_P(watch_contract, a_user_is_told_of_all_that_has_not_ended_and_of_what_comes) {
    begin({.poll = 100ms});
    const auto ended = created(of_type("external"));
    const auto running = created(of_type("external"));
    const auto waiting = created(of_type("external"));
    created(of_type("external", 1002));
    happen(ended.id, happening::cancelled);
    happen(running.id, happening::claimed);
    const auto watched = watch_user(1001);
    ASSERT_TRUE(watched);
    const auto told = all_until_current(*watched);
    EXPECT_EQ(told.size(), 2U);
    EXPECT_EQ(told.at(running.id).status, task_status::running);
    EXPECT_EQ(told.at(waiting.id).status, task_status::pending);

    const auto added = created(of_type("external"));
    created(of_type("external", 1002));
    EXPECT_EQ(news(*watched).changes.at(0)->id, added.id);
    happen(running.id, happening::completed, "\"" + std::string(70'000, 'x') + "\"");
    const auto got = news(*watched);
    ASSERT_EQ(got.changes.size(), 1U);
    EXPECT_EQ(got.changes[0]->status, task_status::completed);
    EXPECT_TRUE(got.changes[0]->result_omitted) << "as lists carry it";
    EXPECT_FALSE(got.changes[0]->result);
    EXPECT_TRUE(stays_silent(*watched, 300ms));

    const auto of_nobody = watch_user(1003);
    EXPECT_TRUE(all_until_current(*of_nobody).empty());
}

TEST_P(watch_contract, what_is_made_and_ended_between_two_looks_is_told) {
    begin({.poll = 300ms});
    const auto watched = watch_user(1001);
    all_until_current(*watched);
    const auto made = created(of_type("external"));
    happen(made.id, happening::cancelled);
    const auto got = news(*watched);
    ASSERT_EQ(got.changes.size(), 1U);
    EXPECT_EQ(got.changes[0]->status, task_status::cancelled);
    EXPECT_TRUE(stays_silent(*watched, 700ms)) << "once";
}

TEST_P(watch_contract, who_comes_back_is_told_of_what_ended_meanwhile) {
    begin({.poll = 100ms});
    const auto early = created(of_type("external"));
    happen(early.id, happening::cancelled);
    const auto old = created(of_type("external"));
    std::this_thread::sleep_for(2ms);
    const auto left_at = now_us();
    std::this_thread::sleep_for(2ms);
    happen(old.id, happening::cancelled);
    const auto meanwhile = created(of_type("external"));
    happen(meanwhile.id, happening::cancelled);
    const auto open = created(of_type("external"));
    const auto told = all_until_current(*watch_user(1001, left_at));
    EXPECT_EQ(told.size(), 3U);
    EXPECT_EQ(told.at(old.id).status, task_status::cancelled);
    EXPECT_EQ(told.at(meanwhile.id).status, task_status::cancelled);
    EXPECT_EQ(told.at(open.id).status, task_status::pending);
}

TEST_P(watch_contract, many_tasks_come_as_they_are_taken_and_up_to_a_limit) {
    begin({.tasks_a_user_max = 90, .poll = 50ms});
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 100; ++i) ids.push_back(created(of_type("external")).id);
    const auto watched = watch_user(1001);
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(runtime_.block_on((*watched)->next(0ms)).changes.size(), watcher::untold_max);
    auto told = all_until_current(*watched);
    EXPECT_EQ(told.size(), 90U - watcher::untold_max);
    // Those beyond the limit are told of as others end.
    for (int i = 0; i < 10; ++i) happen(ids[static_cast<std::size_t>(i)], happening::cancelled);
    std::map<std::int64_t, task> later;
    for (const auto until = deadline_in(5s); later.size() < 20 && clock::now() < until;) {
        for (const auto& each : news(*watched).changes) later[each->id] = *each;
    }
    EXPECT_EQ(later.size(), 20U) << "ten that ended and the ten that had no place";
}

TEST_P(watch_contract, stopping_wakes_those_who_wait) {
    begin({.poll = 60s});
    const auto watched = watch(created(of_type("external")));
    std::thread stopping([this] {
        std::this_thread::sleep_for(100ms);
        runtime_.block_on(stop());
    });
    const auto begun = clock::now();
    EXPECT_TRUE(stays_silent(*watched, 10s));
    EXPECT_LT(clock::now() - begun, 5s);
    stopping.join();
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    watch_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
