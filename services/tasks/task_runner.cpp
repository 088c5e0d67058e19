// See task_runner.hpp.
#include "services/tasks/task_runner.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <random>

#include "platform/base/random.hpp"
#include "platform/observe/log.hpp"
#include "services/tasks/attempt_work.hpp"
#include "services/tasks/create_task.hpp"
#include "services/tasks/events.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;

constexpr auto statement_patience = 5s;
constexpr int finish_tries_max = 6;
constexpr auto finish_first_pause = 200ms;
// A progress that stands still is looked at less often; it is then only about being cancelled.
constexpr int idle_looks = 4;
constexpr auto stop_patience = 2s;

lease::worker_options worker_options_of(const task_runner_options& options) {
    char host[256] = "localhost";
    ::gethostname(host, sizeof host - 1);
    lease::worker_options made;
    made.owner = fmt::format("{}:{}:{}", host, ::getpid(), random_hex(4));
    made.queues = {std::string(builtin_queue)};
    made.slots_max = options.slots_max;
    made.lease = options.lease;
    made.poll = options.poll;
    made.rescue_every = options.rescue_every;
    made.channel = "tasks_builtin";
    return made;
}

awaitable<void> pause(std::chrono::milliseconds duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    boost::system::error_code cancelled;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

outcome run_guarded(const handler& type, work& current) {
    try {
        return type.run(current);
    } catch (const std::exception& failure) {
        return {outcome::kind::failed, failure.what()};
    }
}

}  // namespace

// One attempt of one task as it runs here.
struct task_runner::attempt {
    attempt(lease::held item, task row, std::shared_ptr<lease::progress_token> token)
        : held(std::move(item)),
          started(std::move(row)),
          control(
              std::move(token), run_control::clock::now() + std::chrono::seconds(started.timeout_seconds)
          ) {}

    const lease::held held;
    const task started;  // as it was claimed
    run_control control;
    std::optional<asio::steady_timer> next_look;
    bool settled{false};  // completed, with its artifacts
    bool over{false};  // the work is; on the attempt's shard
    async::oneshot<bool> watched;
    std::optional<attempt_work> here;  // its folder lives until the outcome is settled
    std::vector<stored_file> kept;     // its artifacts, in the store
};

task_runner::task_runner(task_runner_deps deps, task_runner_options options)
    : deps_(deps),
      options_(options),
      pool_("tasks", options.threads, options.slots_max),
      worker_(
          deps.runtime,
          deps.database,
          worker_options_of(options),
          [this](db::transaction& tx, const std::vector<lease::held>& items) { return claimed(tx, items); },
          [this](lease::held item, std::shared_ptr<lease::progress_token> token) {
              return run(std::move(item), std::move(token));
          }
      ) {
    using enum task_status;
    for (const auto& each : deps_.handlers.all()) {
        for (const auto reached : {completed, failed, retrying, cancelled, timed_out}) {
            durations_[{each->type(), reached}] = &deps_.metrics.make_duration(
                "tasks_duration_seconds",
                "How long attempts ran, by type and outcome.",
                {{"type", std::string(each->type())}, {"outcome", std::string(name_of(reached))}}
            );
        }
    }
}

awaitable<void> task_runner::stop() {
    co_await worker_.stop();
    const auto until = std::chrono::steady_clock::now() + stop_patience;
    for (bool idle = false; !idle && std::chrono::steady_clock::now() < until;) {
        {
            const std::lock_guard lock(running_mutex_);
            // Their leases were given back: what they still answer counts for nothing.
            for (const auto& each : running_) each->control.lose();
            idle = running_.empty();
        }
        if (!idle) co_await pause(10ms);
    }
}

awaitable<void> task_runner::claimed(db::transaction& tx, const std::vector<lease::held>& items) {
    std::vector<std::int64_t> ids;
    ids.reserve(items.size());
    for (const auto& each : items) ids.push_back(each.id);
    auto rows = co_await task_store::lock(tx, std::move(ids));
    const auto now = now_us();
    // One that was cancelled while its lease came back is left alone; `run` drops the lease.
    std::erase_if(rows, [now](task& each) { return !apply(each, happening::claimed, {.now = now}); });
    if (rows.empty()) co_return;
    std::vector<events::event> started;
    started.reserve(rows.size());
    for (const auto& each : rows) started.push_back(task_changed(each));
    task_store::save(tx, rows);
    deps_.outbox.append(tx, std::move(started));
}

awaitable<void> task_runner::run(lease::held item, std::shared_ptr<lease::progress_token> token) {
    auto row = co_await task_store::find(deps_.database, item.id, deadline_in(statement_patience));
    if (!row || row->status != task_status::running) {
        co_await drop(std::move(item));
        co_return;
    }
    const auto current = std::make_shared<attempt>(std::move(item), std::move(*row), std::move(token));
    {
        const std::lock_guard lock(running_mutex_);
        running_.insert(current);
    }
    std::exception_ptr failure;
    try {
        auto done = co_await work(current);
        if (done.how == outcome::kind::completed) co_await keep(*current, done);
        if (!current->control.lost()) co_await finish(*current, std::move(done));
        if (!current->settled) co_await deps_.files.discard(current->kept);
    } catch (...) {
        failure = std::current_exception();
    }
    {
        const std::lock_guard lock(running_mutex_);
        running_.erase(current);
    }
    if (failure) std::rethrow_exception(failure);
}

awaitable<outcome> task_runner::work(const std::shared_ptr<attempt>& current) {
    const auto& row = current->started;
    if (row.cancel_requested) co_return outcome{outcome::kind::stopped, {}};
    if (row.lost_attempts > options_.lost_attempts_max) {
        co_return outcome{
            outcome::kind::rejected, fmt::format("its worker was lost {} times", row.lost_attempts)
        };
    }
    const auto* handler = deps_.handlers.find(row.type);
    if (!handler) co_return outcome{outcome::kind::rejected, "no worker here knows the type " + row.type};

    const auto executor = co_await asio::this_coro::executor;
    current->next_look.emplace(executor);
    asio::co_spawn(executor, watch(current), asio::detached);
    std::exception_ptr failure;
    result<outcome> done = fail(errc::internal);
    try {
        done = co_await pool_.run([this, current, handler] {
            current->here.emplace(current->started, current->control, deps_.files);
            return run_guarded(*handler, *current->here);
        });
    } catch (...) {
        failure = std::current_exception();
    }
    current->over = true;
    current->next_look->cancel();
    co_await current->watched.get();
    if (failure) std::rethrow_exception(failure);
    if (!done) co_return outcome{outcome::kind::failed, done.error().detail};
    co_return std::move(*done);
}

// Writes progress and hears of cancellation sooner than the next heartbeat, until the work is over.
awaitable<void> task_runner::watch(std::shared_ptr<attempt> current) {
    int shown = 0;
    int idle = 0;
    while (!current->over) {
        current->next_look->expires_after(options_.progress_every);
        boost::system::error_code cancelled;
        co_await current->next_look->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        if (current->over) break;
        if (current->control.progress() == shown && ++idle % idle_looks != 0) continue;
        try {
            co_await look(*current, shown);
        } catch (const std::exception& failure) {
            // The database is away: the lease decides who goes on, progress can wait.
            observe::log(
                observe::level::debug,
                "progress not written",
                {{"taskId", current->held.id}, {"why", failure.what()}}
            );
        }
    }
    current->watched.set_value(true);
}

awaitable<void> task_runner::look(attempt& current, int& shown) {
    const auto progress = current.control.progress();
    const auto until = deadline_in(statement_patience);
    const auto& row = current.started;
    const auto state =
        progress == shown
            ? co_await task_store::watch_attempt(deps_.database, row.id, row.attempt, until)
            : co_await task_store::save_progress(deps_.database, row.id, row.attempt, progress, until);
    shown = progress;
    if (state == task_store::attempt_state::cancelling) current.control.cancel();
    if (state == task_store::attempt_state::over) current.control.lose();
}

// Its artifacts go to the store before the outcome is settled; where they cannot, the attempt did not complete.
awaitable<void> task_runner::keep(attempt& current, outcome& done) {
    const auto& row = current.started;
    auto stored = co_await deps_.files.store(row.user_id, row.id, current.here->kept());
    if (stored) {
        current.kept = std::move(*stored);
        co_return;
    }
    const bool hopeless = stored.error().code == errc::validation_failed;
    done = {hopeless ? outcome::kind::rejected : outcome::kind::failed, stored.error().detail};
}

awaitable<void> task_runner::finish(attempt& current, outcome done) {
    task after;
    auto wait = std::chrono::milliseconds(finish_first_pause);
    for (int tries = 1;; ++tries) {
        try {
            const bool held =
                co_await deps_.database.transact(deadline_in(statement_patience), [&](db::transaction& tx) {
                    return settle(tx, current, done, after);
                });
            current.settled = held && after.status == task_status::completed;
            if (held) report(after);
            co_return;
        } catch (const db::unavailable&) {
            if (tries == finish_tries_max || current.control.lost()) throw;
        }
        // The work is done and its lease still holds: worth more than running it again.
        co_await pause(wait);
        wait *= 2;
    }
}

// In one transaction: the lease ended or given back, the row, the event. False when the lease was lost, and
// nothing is changed then.
awaitable<bool> task_runner::settle(db::transaction& tx, attempt& current, const outcome& done, task& after) {
    using enum outcome::kind;
    const bool timed_out =
        done.how == stopped && !current.started.cancel_requested && !current.control.cancelled();
    const bool again = (done.how == failed || timed_out) && may_retry(current.started);
    const auto delay = backoff(current.started);
    const auto& held = current.held;
    const bool holds =
        again ? co_await lease::release(tx, held, static_cast<std::int32_t>(current.started.priority), delay)
              : (co_await lease::complete(tx, {held})).front();
    if (!holds) co_return false;
    auto rows = co_await task_store::lock(tx, {held.id});
    if (rows.empty()) co_return false;
    auto& row = rows.front();

    details with{.now = now_us()};
    auto what = happening::completed;
    if (done.how == completed) {
        with.result = done.text;
    } else if (done.how != rejected && row.cancel_requested) {
        what = happening::cancelled;
        if (again) co_await lease::cancel(tx, held.id);  // it was asked to stop while it failed
    } else {
        what = again ? happening::failed_once : timed_out ? happening::timed_out : happening::failed;
        with.error_message =
            timed_out ? fmt::format("took longer than its {} s", row.timeout_seconds) : done.text;
        with.retry_at = with.now + std::chrono::microseconds(delay).count();
    }
    if (!apply(row, what, std::move(with))) co_return false;
    if (what == happening::completed && !co_await deps_.files.insert(tx, current.kept)) {
        throw std::runtime_error("the artifacts of the attempt are gone");
    }
    task_store::save(tx, rows);
    deps_.outbox.append(tx, task_changed(row));
    after = std::move(row);
    co_return true;
}

// The lease of a task that no longer runs.
awaitable<void> task_runner::drop(lease::held item) {
    co_await deps_.database.transact(
        deadline_in(statement_patience),
        [&item](db::transaction& tx) -> awaitable<bool> {
            co_return (co_await lease::complete(tx, {item})).front();
        }
    );
}

// Full jitter: uniform up to first · 2^attempts, capped.
std::chrono::milliseconds task_runner::backoff(const task& failed) const {
    thread_local std::mt19937_64 dice(std::random_device{}());
    const auto doublings = std::clamp<std::int64_t>(failed.attempt - failed.lost_attempts, 0, 30);
    const auto longest = std::min(options_.backoff_max.count(), options_.backoff_first.count() << doublings);
    return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(0, longest)(dice));
}

void task_runner::report(const task& ended) {
    const auto took_us = now_us() - ended.started_at.value_or(ended.created_at);
    const auto found = durations_.find({ended.type, ended.status});
    if (found != durations_.end()) found->second->observe(static_cast<double>(took_us) / 1e6);
    const bool went_well = ended.status == task_status::completed || ended.status == task_status::cancelled;
    observe::log(
        went_well ? observe::level::info : observe::level::warn,
        "attempt ended",
        trace_context{{}, ended.correlation_id, {}, ended.traceparent},
        {{"service", "tasks"},
         {"taskId", ended.id},
         {"taskType", ended.type},
         {"status", std::string(name_of(ended.status))},
         {"attempt", ended.attempt},
         {"durationSeconds", static_cast<double>(took_us) / 1e6},
         {"errorMessage", ended.error_message.value_or("")}}
    );
}

}  // namespace esm::tasks
