// See schedule_loop.hpp. Drafts are prepared before the transaction, since they take ids from the database;
// what another replica has settled meanwhile is left out within it.
#include "services/tasks/schedules/schedule_loop.hpp"

#include <fmt/format.h>

#include "platform/observe/log.hpp"
#include "services/tasks/database_clock.hpp"
#include "services/tasks/schedules/scheduled_task.hpp"

namespace esm::tasks::schedules {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;
constexpr std::size_t schedules_a_round_max = 100;
constexpr std::size_t drafts_a_round_max = 500;  // but for one schedule that has more
constexpr auto contended_pause = 10ms;           // somebody else has the due rows
constexpr instant_us broken_again_us = 60'000'000;

std::chrono::milliseconds until(
    std::optional<instant_us> due, instant_us now, std::chrono::milliseconds most
) {
    if (!due) return most;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::microseconds(*due - now));
    return std::clamp(left, std::chrono::milliseconds(contended_pause), most);
}

// The chain of events begins with this run of the schedule.
context context_of(const schedule& due, instant_us run_at) {
    context ctx;
    ctx.trace.correlation_id = fmt::format("schedule-{}-{}", due.id, run_at);
    ctx.until = deadline_in(patience);
    return ctx;
}

schedule_loop_deps with_clock(schedule_loop_deps deps) {
    if (!deps.clock) {
        deps.clock = [](db::database& source, deadline until) { return read_clock(source, until); };
    }
    return deps;
}

observe::metrics::counter& make_counter(observe::metrics& metrics, std::string outcome) {
    return metrics.make_counter(
        "schedule_runs_total", "Runs of schedules that were due.", {{"outcome", std::move(outcome)}}
    );
}

catch_up catch_up_of(const schedule& due, const schedule_loop_options& options) {
    return {due.says.missed, std::chrono::microseconds(options.late_max).count(), options.catch_up_max};
}

}  // namespace

schedule_loop::schedule_loop(schedule_loop_deps deps, schedule_loop_options options)
    : deps_(with_clock(std::move(deps))),
      options_(options),
      work_(deps_.runtime.executor(0)),
      made_(make_counter(deps_.metrics, "made")),
      missed_(make_counter(deps_.metrics, "missed")),
      overlapped_(make_counter(deps_.metrics, "overlapped")),
      refused_(make_counter(deps_.metrics, "refused")),
      lag_(deps_.metrics.make_duration(
          "schedule_lag_seconds", "From when a run was due until its task was stored; of runs not missed."
      )) {}

void schedule_loop::start() {
    started_ = true;
    deps_.runtime.spawn(0, "schedules", loop());
}

awaitable<void> schedule_loop::stop() {
    if (!started_) co_return;
    stopping_ = true;
    work_.notify();
    co_await ended_.get();
}

awaitable<void> schedule_loop::loop() {
    while (!stopping_) {
        auto pause = options_.poll;
        try {
            pause = co_await run_due();
        } catch (const std::exception& failure) {
            observe::log(
                observe::level::warn,
                "schedules are put off",
                {{"service", "tasks"}, {"why", std::string(failure.what())}}
            );
        }
        if (!stopping_) co_await work_.wait_for(pause);
    }
    ended_.set_value(true);
}

awaitable<std::chrono::milliseconds> schedule_loop::run_due() {
    const auto now = co_await deps_.clock(deps_.database, deadline_in(patience));
    const auto begun = std::chrono::steady_clock::now();
    const auto due =
        co_await schedule_store::list_due(deps_.database, now, schedules_a_round_max, deadline_in(patience));
    std::vector<plan> plans;
    std::size_t drafts = 0;
    for (const auto& each : due) {
        if (drafts >= drafts_a_round_max) break;
        plans.push_back(co_await make_plan(each, now));
        drafts += plans.back().drafts.size();
    }
    if (!plans.empty()) {
        co_await deps_.database.transact(deadline_in(patience), [&](db::transaction& tx) {
            return settle(tx, plans);
        });
        const auto took = std::chrono::steady_clock::now() - begun;
        report(plans, now + std::chrono::duration_cast<std::chrono::microseconds>(took).count());
    }
    const auto next = co_await schedule_store::next_due(deps_.database, deadline_in(patience));
    co_return until(next, co_await deps_.clock(deps_.database, deadline_in(patience)), options_.poll);
}

awaitable<schedule_loop::plan> schedule_loop::make_plan(schedule due, instant_us now) {
    plan made{std::move(due), {}, {}};
    made.outcome.id = made.due.id;
    const auto when = timing_of(made.due.says);
    if (!when) {
        // A zone may be missing on this machine, and come back with the next update of its tzdata.
        made.wanted = plan::end::refused;
        made.outcome.next_run_at = now + broken_again_us;
        made.outcome.why_not = when.error().detail;
        co_return made;
    }
    auto runs = plan_runs(*when, catch_up_of(made.due, options_), *made.due.next_run_at, now);
    made.outcome.next_run_at = runs.next;
    // They would overlap each other.
    if (made.due.says.overlap == overlap_policy::skip && runs.runs.size() > 1) {
        runs.runs.erase(runs.runs.begin(), runs.runs.end() - 1);
    }
    co_await add_drafts(made, runs.runs);
    co_return made;
}

awaitable<void> schedule_loop::add_drafts(plan& to, const std::vector<instant_us>& runs) {
    const auto refuse = [&to](plan::end how, std::string why) {
        to.drafts.clear();
        to.wanted = how;
        to.outcome.why_not = std::move(why);
    };
    if (runs.empty()) {
        const auto missed = format_instant(*to.due.next_run_at);
        refuse(plan::end::missed, fmt::format("missed since {}: the system was down", missed));
        co_return;
    }
    const auto task = task_of(to.due);
    if (!task) co_return refuse(plan::end::refused, task.error().detail);
    for (const auto run_at : runs) {
        auto draft = co_await deps_.creating.prepare(context_of(to.due, run_at), *task);
        if (!draft) co_return refuse(plan::end::refused, within_task(draft.error()).detail);
        run_as_of(*draft, run_at);
        to.drafts.push_back(std::move(*draft));
    }
}

// May run again after a rollback: everything that it decides is decided anew.
awaitable<bool> schedule_loop::settle(db::transaction& tx, std::vector<plan>& plans) const {
    std::vector<std::int64_t> ids, last_tasks;
    for (const auto& each : plans) ids.push_back(each.due.id);
    const auto claimed = co_await schedule_store::claim(tx, std::move(ids));
    std::vector<plan*> mine;
    for (auto& each : plans) {
        each.how = plan::end::taken;
        const auto row = claimed.find(each.due.id);
        if (row == claimed.end() || row->second.version != each.due.version ||
            row->second.next_run_at != each.due.next_run_at) {
            continue;
        }
        each.how = each.wanted;
        mine.push_back(&each);
        if (each.due.says.overlap == overlap_policy::skip && row->second.last_task_id) {
            last_tasks.push_back(*row->second.last_task_id);
        }
    }
    if (mine.empty()) co_return false;
    const auto open = co_await schedule_store::unended(tx, std::move(last_tasks));
    for (auto* each : mine) {
        if (each->how != plan::end::made || each->due.says.overlap == overlap_policy::allow) continue;
        const auto last = claimed.at(each->due.id).last_task_id;
        if (last && std::find(open.begin(), open.end(), *last) != open.end()) {
            each->how = plan::end::overlapped;
        }
    }
    co_return co_await create(tx, mine);
}

awaitable<bool> schedule_loop::create(db::transaction& tx, std::vector<plan*>& mine) const {
    std::vector<task_draft> drafts;
    for (const auto* each : mine) {
        if (each->how != plan::end::made) continue;
        drafts.insert(drafts.end(), each->drafts.begin(), each->drafts.end());
    }
    std::vector<written> answers;
    if (!drafts.empty()) answers = co_await deps_.creating.write(tx, drafts);
    std::vector<schedule_store::made_run> outcomes;
    auto answer = answers.begin();
    for (auto* each : mine) {
        auto outcome = each->outcome;
        if (each->how == plan::end::overlapped) outcome.why_not = "the task of the run before had not ended";
        if (each->how == plan::end::made) {
            for (const auto& draft : each->drafts) {
                const auto& written = *answer++;
                if (written.refused) {
                    outcome.why_not = written.refused->detail;
                    continue;
                }
                outcome.run_at = draft.made.run_at;
                outcome.task_id = written.existing ? written.existing->id : draft.made.id;
            }
            if (!outcome.task_id) each->how = plan::end::refused;
        }
        outcomes.push_back(std::move(outcome));
    }
    schedule_store::save_runs(tx, outcomes);
    co_return true;
}

void schedule_loop::report(const std::vector<plan>& plans, instant_us stored_at) {
    const auto late_max_us = std::chrono::microseconds(options_.late_max).count();
    for (const auto& each : plans) {
        if (each.how == plan::end::missed) missed_.add();
        if (each.how == plan::end::overlapped) overlapped_.add();
        if (each.how == plan::end::refused) {
            refused_.add();
            observe::log(
                observe::level::warn,
                "a schedule made no task",
                {{"service", "tasks"},
                 {"scheduleId", each.due.id},
                 {"why", each.outcome.why_not.value_or("the account was deleted")}}
            );
        }
        if (each.how != plan::end::made) continue;
        made_.add(static_cast<double>(each.drafts.size()));
        for (const auto& draft : each.drafts) {
            const auto lag_us = stored_at - draft.made.run_at;
            if (lag_us <= late_max_us) lag_.observe(static_cast<double>(lag_us) / 1e6);
        }
    }
}

}  // namespace esm::tasks::schedules
