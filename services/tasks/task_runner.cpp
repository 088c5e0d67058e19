// See task_runner.hpp.
#include "services/tasks/task_runner.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "platform/base/random.hpp"
#include "platform/observe/log.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;

constexpr auto statement_patience = 5s;
constexpr int finish_tries_max = 6;
constexpr auto finish_first_pause = 200ms;
constexpr auto stop_patience = 2s;
// What is in hand beyond the slots should be over in this time: it waits here while other processes may be
// idle. Tasks are left to them only where it would take much longer than was thought.
constexpr double prefetch_seconds = 0.1;
constexpr double wait_max_seconds = 0.5;
constexpr auto long_attempt = 500ms;
constexpr double unknown_seconds = 1.0;  // an attempt of a type that never ran here
constexpr double newest_share = 0.2;     // of the moving mean

lease::worker_options worker_options_of(const task_runner_options& options, const std::string& owner) {
    lease::worker_options made;
    made.owner = owner;
    made.pool = builtin_pool;
    made.slots_max = options.slots_max;
    made.lease = options.lease;
    made.poll = options.poll;
    made.rescue_every = options.rescue_every;
    made.tick = options.progress_every;
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
    attempt(lease::running_item item, task row)
        : held(std::move(item.item)),
          started(std::make_shared<const task>(std::move(row))),
          control(std::move(item.token)) {}

    const run_control::clock::time_point claimed_at{run_control::clock::now()};
    const lease::held held;
    const std::shared_ptr<const task> started;  // as it was claimed
    run_control control;
    // The pool thread's, until it hands over to `finish`.
    std::optional<attempt_work> here;  // its folder lives until its artifacts are in the store
    outcome done;
    bool timed_out{false};
    std::vector<log_line> lines;
    std::vector<stored_file> kept;  // its artifacts, in the store
    std::chrono::duration<double> took{0};
};

task_runner::task_runner(task_runner_deps deps, task_runner_options options)
    : deps_(deps),
      options_(options),
      owner_(process_name()),
      pool_("tasks", options.threads, options.prefetch_max + options.slots_max),
      endings_(
          deps.runtime,
          deps.database,
          [this](db::transaction& tx, std::vector<attempt_end>& ends) { return deps_.ends.write(tx, ends); },
          {.batch_max = 500, .queue_max = options.prefetch_max + options.slots_max}
      ),
      worker_(
          deps.runtime,
          deps.database,
          worker_options_of(options, owner_),
          lease::worker_hooks{
              [this](db::transaction& tx, const std::vector<lease::held>& items) {
                  return claimed(tx, items);
              },
              [this](db::transaction& tx, const std::vector<lease::rescued>& items) {
                  return deps_.ends.rescue(tx, items);
              },
              [this](db::transaction& tx, const std::vector<lease::rescued>& items) {
                  return deps_.ends.give_back(tx, items);
              },
              [](db::transaction& tx, const std::vector<std::int64_t>& ids) -> awaitable<void> {
                  task_store::promote(tx, ids);
                  co_return;
              },
              [this](std::vector<lease::running_item> items) { begin(std::move(items)); }
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

void task_runner::start(unsigned shard) {
    home_ = shard;
    worker_.start(shard);
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

// As many as there are threads are wanted in any case; others wait here for their turn where all is over
// soon.
awaitable<std::vector<bool>> task_runner::claimed(
    db::transaction& tx, const std::vector<lease::held>& items
) {
    std::unordered_map<std::int64_t, task> rows;
    for (auto& each : co_await task_store::load_claimed(tx, items, owner_)) {
        rows.emplace(each.id, std::move(each));
    }
    const auto standing = seconds_in_hand();
    double seconds = standing.value_or(0);
    std::size_t in_hand = worker_.stats().running + just_claimed_.size();
    std::vector<bool> wanted;
    std::vector<task> begun;
    for (const auto& each : items) {
        const auto row = rows.find(each.id);
        if (row == rows.end()) {
            // Erased with its user just now, or ended before: its lease is gone too.
            wanted.push_back(true);
            continue;
        }
        seconds += expected_seconds(row->second.type);
        const bool soon = standing && seconds <= wait_max_seconds * options_.threads;
        wanted.push_back(in_hand < options_.threads || soon);
        if (!wanted.back()) continue;
        ++in_hand;
        begun.push_back(std::move(row->second));
    }
    co_await deps_.changes.announce(tx, begun);
    for (auto& each : begun) just_claimed_.insert_or_assign(each.id, std::move(each));
    const bool all = std::find(wanted.begin(), wanted.end(), false) == wanted.end();
    // What is put back costs more than what waits: the next claims ask for little more than this one kept.
    slots_ceiling_ =
        all ? std::min(2 * slots_ceiling_, options_.prefetch_max) : std::max(options_.slots_max, 2 * in_hand);
    // No more are taken before one has ended.
    if (!all) worker_.set_slots(in_hand);
    co_return wanted;
}

// How long the threads will have to do with what is in hand, each counted alone; nothing where attempts that
// work long have all threads.
std::optional<double> task_runner::seconds_in_hand() {
    const auto long_ago = run_control::clock::now() - long_attempt;
    std::size_t slow = 0;
    double seconds = 0;
    const std::lock_guard lock(running_mutex_);
    for (const auto& each : running_) {
        if (each->claimed_at < long_ago) ++slow;
        seconds += expected_seconds(each->started->type);
    }
    if (slow >= options_.threads) return std::nullopt;
    return seconds;
}

double task_runner::expected_seconds(std::string_view type) const {
    const auto known = mean_seconds_.find(type);
    return known == mean_seconds_.end() ? unknown_seconds : known->second;
}

// After the commit of the claim.
void task_runner::begin(std::vector<lease::running_item> items) {
    for (auto& each : items) {
        const auto row = just_claimed_.find(each.item.id);
        if (row == just_claimed_.end()) {
            worker_.finished({each.item});
        } else {
            start(std::make_shared<attempt>(std::move(each), std::move(row->second)));
        }
    }
    just_claimed_.clear();
}

void task_runner::start(const shared_attempt& current) {
    {
        const std::lock_guard lock(running_mutex_);
        running_.insert(current);
    }
    const bool accepted = pool_.try_enqueue([this, current] {
        run(*current);
        asio::co_spawn(deps_.runtime.at(home_), finish(current), [](const std::exception_ptr&) {});
    });
    if (accepted) return;
    current->done = {outcome::kind::failed, "the workers' queue is full"};
    asio::co_spawn(deps_.runtime.at(home_), finish(current), [](const std::exception_ptr&) {});
}

// On a pool thread.
void task_runner::run(attempt& current) const {
    const auto begun = run_control::clock::now();
    const auto& row = *current.started;
    current.control.end_at(begun + std::chrono::seconds(row.timeout_seconds));
    const auto* handler = deps_.handlers.find(row.type);
    if (current.control.cancelled()) {
        current.done = {outcome::kind::stopped, {}};
    } else {
        auto& here = current.here.emplace(row, current.control, deps_.files, deps_.records);
        current.done = run_guarded(*handler, here);
        current.lines = std::move(here.lines());
    }
    current.timed_out = current.done.how == outcome::kind::stopped && !current.control.cancelled();
    current.took = run_control::clock::now() - begun;
}

// On the home shard, which outlives every attempt.
awaitable<void> task_runner::finish(shared_attempt current) {
    try {
        if (current->done.how == outcome::kind::completed) co_await keep(*current);
        bool settled = false;
        if (!current->control.lost()) {
            auto end = deps_.ends.decide(
                current->held, current->started, std::move(current->done), current->timed_out
            );
            end.lines = std::move(current->lines);
            end.kept = current->kept;
            settled = co_await write(std::move(end), current->control);
        }
        if (!settled && deps_.files) co_await deps_.files->discard(current->kept);
    } catch (const std::exception& failure) {
        // Its lease runs out, and it is tried again.
        observe::log(
            observe::level::error,
            "the end of an attempt was not written",
            {{"service", "tasks"}, {"taskId", current->held.id}, {"error", std::string(failure.what())}}
        );
    }
    if (current->here && current->here->has_scratch()) {
        pool_.try_enqueue([current] { current->here.reset(); });
    }
    learn(*current);
    worker_.finished({current->held});
    const std::lock_guard lock(running_mutex_);
    running_.erase(current);
}

// Its artifacts go to the store before its end is written; where they cannot, it did not complete.
awaitable<void> task_runner::keep(attempt& current) {
    const auto& row = *current.started;
    const bool nothing = !current.here || current.here->kept().empty() || !deps_.files;
    if (nothing || current.control.lost()) co_return;
    auto stored = co_await deps_.files->store(row.user_id, row.id, current.here->kept());
    if (stored) {
        current.kept = std::move(*stored);
        co_return;
    }
    const bool hopeless = stored.error().code == errc::validation_failed;
    current.done = {hopeless ? outcome::kind::rejected : outcome::kind::failed, stored.error().detail};
}

// True where the task has completed.
awaitable<bool> task_runner::write(attempt_end end, const run_control& control) {
    auto wait = std::chrono::milliseconds(finish_first_pause);
    for (int tries = 1;; ++tries) {
        try {
            const auto written = co_await endings_.submit(end, deadline_in(statement_patience));
            if (written && *written) report(**written);
            if (written) co_return *written && (*written)->status == task_status::completed;
        } catch (const db::unavailable&) {
            if (tries == finish_tries_max || control.lost()) throw;
        }
        // The work is done and its lease still holds: worth more than running it again.
        co_await pause(wait);
        wait *= 2;
    }
}

// The more of the last tasks fit into a moment, the more are taken at once.
void task_runner::learn(const attempt& ended) {
    auto& mean = mean_seconds_.try_emplace(ended.started->type, ended.took.count()).first->second;
    mean += newest_share * (ended.took.count() - mean);
    const double fit = prefetch_seconds * options_.threads / std::max(mean, 1e-6);
    const auto slots = static_cast<std::size_t>(std::min(fit, static_cast<double>(options_.prefetch_max)));
    worker_.set_slots(std::min(std::max(options_.slots_max, slots), slots_ceiling_));
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
