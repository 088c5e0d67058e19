// Makes the tasks of schedules whose time has come. Every replica has one: whoever locks a due row first
// creates its tasks and moves it to its next time in one transaction, so that each time has its task once,
// whoever dies and when. By the database's clock alone. Owned by the service.
#pragma once

#include <functional>

#include "platform/async/oneshot.hpp"
#include "platform/async/signal.hpp"
#include "platform/observe/metrics.hpp"
#include "services/tasks/create_task.hpp"
#include "services/tasks/schedules/schedule_store.hpp"

namespace esm::tasks::schedules {

struct schedule_loop_options {
    std::chrono::milliseconds poll{1'000};  // how long what another replica stored may go unnoticed
    std::chrono::milliseconds late_max{10'000};
    std::size_t catch_up_max{100};
};

struct schedule_loop_deps {
    async::runtime& runtime;
    db::database& database;
    create_task& creating;
    observe::metrics& metrics;
    // What is now; the database's clock but in tests.
    std::function<awaitable<instant_us>(db::database& source, deadline until)> clock{};
};

class schedule_loop {
public:
    schedule_loop(schedule_loop_deps deps, schedule_loop_options options);

    void start();  // on shard 0
    void wake() { work_.notify(); }
    awaitable<void> stop();

    // Runs what is due now; answers how long nothing will be, at most `poll`.
    awaitable<std::chrono::milliseconds> run_due();

private:
    // What is to become of one due schedule, and what did.
    struct plan {
        schedule due;
        schedule_store::made_run outcome;
        std::vector<task_draft> drafts;  // oldest run first
        enum class end : std::uint8_t { made, missed, overlapped, refused, taken };
        end wanted{end::made};  // as things stood before the transaction
        end how{end::taken};    // taken: another replica has it
    };

    awaitable<void> loop();
    awaitable<plan> make_plan(schedule due, instant_us now);
    awaitable<void> add_drafts(plan& to, const std::vector<instant_us>& runs);
    awaitable<bool> settle(db::transaction& tx, std::vector<plan>& plans) const;
    awaitable<bool> create(db::transaction& tx, std::vector<plan*>& mine) const;
    void report(const std::vector<plan>& plans, instant_us stored_at);

    const schedule_loop_deps deps_;
    const schedule_loop_options options_;
    async::signal work_;
    async::oneshot<bool> ended_;
    std::atomic<bool> stopping_{false};
    bool started_{false};
    observe::metrics::counter& made_;
    observe::metrics::counter& missed_;
    observe::metrics::counter& overlapped_;
    observe::metrics::counter& refused_;
    observe::metrics::histogram& lag_;
};

}  // namespace esm::tasks::schedules
