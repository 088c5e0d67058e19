// What the contract suites of the task service run on: two shards, a scratch database with the service's
// schema, and task types that end as a test wants them to.
#pragma once

#include <gtest/gtest.h>

#include "platform/lease/claimer.hpp"
#include "platform/lease/queues.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"
#include "services/tasks/attempt_store.hpp"
#include "services/tasks/cancel_task.hpp"
#include "services/tasks/create_task.hpp"
#include "services/tasks/end_attempts.hpp"
#include "services/tasks/handlers/data_processing/data_processing.hpp"
#include "services/tasks/service.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

// A built-in type whose work is a function.
class function_handler final : public handler {
public:
    using function = std::function<outcome(std::string_view parameters, run_control& control)>;

    function_handler(std::string type, function work) : type_(std::move(type)), work_(std::move(work)) {}

    std::string_view type() const override { return type_; }
    std::string_view parameters_schema() const override { return "{}"; }
    std::vector<field_error> check(const boost::json::object&) const override { return {}; }
    outcome run(work& current) const override { return work_(current.parameters(), current.control()); }

private:
    const std::string type_;
    const function work_;
};

inline deadline soon() {
    return deadline_in(std::chrono::seconds(30));
}

class task_parts : public ::testing::TestWithParam<db::dialect> {
protected:
    task_parts() {
        handlers_.add(data_processing::make_handler({}));
        ctx_.trace = {"request-1", "correlation-1", {}, {}};
        ctx_.until = soon();
    }

    void add_type(std::string type, function_handler::function work) {
        handlers_.add(std::make_unique<function_handler>(std::move(type), std::move(work)));
    }

    static new_task of_type(std::string type, std::int64_t user_id = 1001) {
        new_task given;
        given.user_id = user_id;
        given.type = std::move(type);
        return given;
    }

    // The task, or the one that has its unique key.
    awaitable<result<task>> create(new_task given) {
        auto draft = co_await creating_.prepare(ctx_, std::move(given));
        if (!draft) co_return draft.error();
        auto made = draft->made;
        const auto written = co_await creating_.commit(std::move(*draft), ctx_.until);
        if (!written) co_return written.error();
        co_return written->existing.value_or(made);
    }

    task created(new_task given) { return *runtime_.block_on(create(std::move(given))); }
    result<task> cancelled(std::int64_t id, std::optional<std::int64_t> visible = {}) {
        return runtime_.block_on(cancelling_.run(id, visible, soon()));
    }
    std::optional<task> stored(std::int64_t id) {
        return runtime_.block_on(task_store::find(database(), id, soon()));
    }

    // Runs a coroutine function in a transaction.
    template <class Work>
    auto transact(Work work) {
        return runtime_.block_on(database().transact(soon(), work));
    }

    // Claims up to `limit` of what the pool has, as one of its workers would.
    std::vector<lease::held> claim(
        const std::string& pool,
        std::size_t limit = 1000,
        std::chrono::milliseconds duration = std::chrono::seconds(60)
    ) {
        lease::claimer claims(database(), {pool, "test", duration});
        std::vector<lease::held> items;
        do {
            for (auto& each : runtime_.block_on(claims.take(limit - items.size(), nullptr))) {
                items.push_back(std::move(each));
            }
            std::this_thread::sleep_for(claims.rest());
        } while (claims.more() && items.size() < limit);
        return items;
    }

    // Claims the first task of its type.
    lease::held claimed(const task& external) {
        auto items = claim(external_pool(external.type), 1);
        EXPECT_EQ(items.size(), 1U) << external.type;
        if (items.empty()) return {};
        EXPECT_EQ(items[0].id, external.id);
        return items[0];
    }

    // Ends the attempt as its worker would; the task afterwards, or nothing where the lease was lost.
    awaitable<std::optional<task>> end_in(
        db::transaction& tx, lease::held item, happening what, std::string text
    ) {
        const auto rows = co_await task_store::load(tx, {item.id});
        if (rows.empty()) co_return std::nullopt;
        attempt_end end{std::move(item), std::make_shared<const task>(rows.front()), what};
        (what == happening::completed ? end.result : end.error_message) = std::move(text);
        if (what == happening::failed_once) end.delay = std::chrono::hours(1);
        co_return (co_await ends_.write(tx, {end})).front();
    }
    std::optional<task> end(lease::held item, happening what, std::string text = "{}") {
        return transact([&](db::transaction& tx) { return end_in(tx, item, what, text); });
    }
    // From its claim to its end.
    void run(const task& external, happening what = happening::completed) {
        EXPECT_TRUE(end(claimed(external), what).has_value());
    }

    void limit_queues(const std::vector<std::string>& names, std::int64_t concurrency_max) {
        transact([&](db::transaction& tx) -> awaitable<bool> {
            for (const auto& each : names) lease::limit_queue(tx, each, concurrency_max, {});
            co_return true;
        });
    }

    task_status status_of(const task& one) { return stored(one.id)->status; }

    // The outcomes of the attempts that did not end their task.
    std::vector<std::string> attempts_of(std::int64_t id) {
        std::vector<std::string> outcomes;
        for (const auto& each : runtime_.block_on(attempt_store::list(database(), id, soon()))) {
            outcomes.push_back(each.outcome);
        }
        return outcomes;
    }

    db::database& database() { return scratch_.get(); }

    esm::testing::started_runtime runtime_;
    esm::testing::scratch_database scratch_{runtime_, GetParam(), service::migrations()};
    observe::metrics metrics_{"tasks"};
    handler_set handlers_;
    std::atomic<int> events_{0}, wakes_{0};
    outbox::outbox outbox_{[this] { ++events_; }};
    transitions changes_{
        {handlers_,
         outbox_,
         true,
         [this](const std::vector<std::string>& pools) {
             if (std::find(pools.begin(), pools.end(), builtin_pool) != pools.end()) ++wakes_;
         },
         [](const std::vector<std::int64_t>&) {}}
    };
    end_attempts ends_{changes_, retry_policy({std::chrono::milliseconds(1), std::chrono::milliseconds(50)})};
    cancel_task cancelling_{scratch_.get(), changes_};
    create_task creating_{{runtime_, scratch_.get(), handlers_, changes_, cancelling_, metrics_, 64L * 1024}};
    context ctx_;
};

}  // namespace esm::tasks
