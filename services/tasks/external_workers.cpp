// See external_workers.hpp.
#include "services/tasks/external_workers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <iterator>
#include <unordered_map>

#include "services/tasks/attempt_store.hpp"
#include "services/tasks/database_clock.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;

constexpr auto statement_patience = 5s;
constexpr std::chrono::milliseconds look_every = 1s;  // for what became due, or came without a word
constexpr std::size_t claimers_max = 1000;
constexpr std::int64_t lines_max = 1000;  // an attempt
const std::string channel = "tasks_external";

// The row where the token still holds.
const task* holder(const std::vector<task>& rows, std::int64_t id, std::int64_t token) {
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const task& each) {
        return each.id == id && each.status == task_status::running && each.attempt == token;
    });
    return found == rows.end() ? nullptr : &*found;
}

template <class Items>
std::vector<std::int64_t> ids_of(const Items& items) {
    std::vector<std::int64_t> ids;
    ids.reserve(items.size());
    for (const auto& each : items) ids.push_back(each.id);
    return ids;
}

bool is_over_time(const task& row, instant_us now) {
    return row.started_at.value_or(0) + row.timeout_seconds * 1'000'000 <= now;
}

}  // namespace

void external_workers::start() {
    deps_.database.listen(channel, [this] { wake_here(nullptr); });
}

void external_workers::wake(const std::string& pool) {
    wake_here(&pool);
    deps_.database.notify(channel);
}

void external_workers::wake_here(const std::string* pool) {
    const std::lock_guard lock(waiting_mutex_);
    for (const auto& each : waiting_) {
        if (!pool || std::find(each->pools.begin(), each->pools.end(), *pool) != each->pools.end()) {
            each->woken.notify();
        }
    }
}

awaitable<std::vector<leased_task>> external_workers::lease(lease_request asked) {
    co_return co_await asio::co_spawn(deps_.runtime.at(0), claim(std::move(asked)), asio::use_awaitable);
}

awaitable<std::vector<leased_task>> external_workers::claim(lease_request asked) {
    std::vector<leased_task> leased;
    for (const auto& type : asked.types) {
        if (leased.size() >= asked.max) break;
        if (deps_.handlers.find(type)) continue;
        std::vector<task> rows;  // of all transactions of the claim
        const auto on_claim = [&](db::transaction& tx,
                                  const std::vector<lease::held>& items) -> awaitable<std::vector<bool>> {
            auto claimed = co_await task_store::load_claimed(tx, items, asked.worker);
            co_await deps_.changes.announce(tx, claimed);
            std::move(claimed.begin(), claimed.end(), std::back_inserter(rows));
            co_return std::vector<bool>();
        };
        // Kept alive: others may clear the map while this waits.
        const auto claims = claimer_for(asked, external_pool(type));
        claims->look_again();
        std::vector<lease::held> items;
        try {
            items = co_await claims->take(asked.max - leased.size(), on_claim);
        } catch (const std::exception&) {
            // Those of earlier types are held by now: their worker must hear of them.
            if (leased.empty()) throw;
            break;
        }
        for (const auto& each : items) {
            if (const auto* row = holder(rows, each.id, each.token)) leased.push_back({*row, each.token});
        }
    }
    co_return leased;
}

std::shared_ptr<lease::claimer> external_workers::claimer_for(
    const lease_request& asked, const std::string& pool
) {
    if (claimers_.size() >= claimers_max) claimers_.clear();
    const auto key = fmt::format("{} {} {}", asked.worker, pool, fmt::join(asked.queues, ","));
    auto& found = claimers_[key];
    if (!found) {
        found = std::make_shared<lease::claimer>(
            deps_.database, lease::claimer_options{pool, asked.worker, deps_.lease, asked.queues}
        );
    }
    return found;
}

awaitable<void> external_workers::work_arrived(const std::vector<std::string>& types, deadline until) {
    const auto me = std::make_shared<waiting>(waiting{{}, async::signal(co_await asio::this_coro::executor)});
    for (const auto& each : types) me->pools.push_back(external_pool(each));
    {
        const std::lock_guard lock(waiting_mutex_);
        waiting_.push_back(me);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left > 0ms) co_await me->woken.wait_for(std::min(left, look_every));
    const std::lock_guard lock(waiting_mutex_);
    std::erase(waiting_, me);
}

// Those of external types that a worker holds.
awaitable<std::vector<task>> external_workers::running(db::transaction& tx, std::vector<std::int64_t> ids)
    const {
    auto rows = co_await task_store::load(tx, std::move(ids));
    std::erase_if(rows, [this](const task& each) { return deps_.handlers.find(each.type) != nullptr; });
    co_return rows;
}

awaitable<std::vector<lease::pulse>> external_workers::heartbeat(std::vector<sign_of_life> items) {
    const auto work = [&](db::transaction& tx) -> awaitable<std::vector<lease::pulse>> {
        const auto rows = co_await running(tx, ids_of(items));
        const auto now = co_await read_clock(tx);
        std::vector<lease::held> alive;
        std::vector<std::int64_t> progress;
        std::vector<attempt_end> late;
        for (const auto& each : items) {
            const auto* row = holder(rows, each.id, each.token);
            if (!row) continue;
            if (is_over_time(*row, now)) {
                late.push_back(deps_.ends.decide(
                    {.id = each.id, .token = each.token},
                    std::make_shared<const task>(*row),
                    {outcome::kind::stopped, {}},
                    true
                ));
            } else {
                alive.push_back({.id = each.id, .token = each.token});
                progress.push_back(each.progress.value_or(-1));
            }
        }
        if (!late.empty()) co_await deps_.ends.write(tx, late);
        const auto pulses = co_await lease::heartbeat(tx, alive, std::move(progress), deps_.lease);
        std::unordered_map<std::int64_t, lease::pulse> by_id;
        for (std::size_t i = 0; i < alive.size(); ++i) by_id[alive[i].id] = pulses[i];
        std::vector<lease::pulse> answers;
        for (const auto& each : items) {
            const auto found = by_id.find(each.id);
            answers.push_back(found == by_id.end() ? lease::pulse::lost : found->second);
        }
        co_return answers;
    };
    co_return co_await deps_.database.transact(deadline_in(statement_patience), work);
}

awaitable<std::vector<bool>> external_workers::finish(std::vector<finished> items) {
    instant_us now = 0;
    const auto make = [&](const finished& given, const task& row) {
        const bool late = is_over_time(row, now);
        outcome done{late ? outcome::kind::stopped : given.how, given.text, given.retry_after};
        return deps_.ends.decide(
            {.id = given.id, .token = given.token}, std::make_shared<const task>(row), std::move(done), late
        );
    };
    co_return co_await deps_.database.transact(
        deadline_in(statement_patience),
        [&](db::transaction& tx) -> awaitable<std::vector<bool>> {
            now = co_await read_clock(tx);
            co_return co_await end(tx, items, make);
        }
    );
}

awaitable<std::vector<bool>> external_workers::release(std::vector<lease::held> items) {
    const auto make = [](const lease::held& given, const task& row) {
        return attempt_end{given, std::make_shared<const task>(row), happening::given_back};
    };
    auto released = co_await deps_.database.transact(
        deadline_in(statement_patience), [&](db::transaction& tx) { return end(tx, items, make); }
    );
    if (std::find(released.begin(), released.end(), true) != released.end()) wake_here(nullptr);
    co_return released;
}

// Ends the attempts whose tokens hold, each as `make` says of its item and row. False for the
// others, and for those whose time was up.
template <class Items, class Make>
awaitable<std::vector<bool>> external_workers::end(
    db::transaction& tx, const Items& items, const Make& make
) {
    const auto rows = co_await running(tx, ids_of(items));
    std::vector<attempt_end> ends;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto* row = holder(rows, items[i].id, items[i].token);
        if (!row) continue;
        ends.push_back(make(items[i], *row));
        places.push_back(i);
    }
    std::vector<bool> answers(items.size());
    if (ends.empty()) co_return answers;
    const auto written = co_await deps_.ends.write(tx, ends);
    for (std::size_t i = 0; i < places.size(); ++i) {
        answers[places[i]] = written[i].has_value() && !ends[i].timed_out;
    }
    co_return answers;
}

awaitable<bool> external_workers::append_log(
    std::int64_t id, std::int64_t token, std::vector<log_line> lines
) {
    const auto work = [&](db::transaction& tx) -> awaitable<bool> {
        const auto rows = co_await running(tx, {id});
        if (!holder(rows, id, token)) co_return false;
        const auto last = co_await attempt_store::last_line(tx, id, token);
        const auto room = static_cast<std::size_t>(std::max<std::int64_t>(0, lines_max - last));
        auto kept = lines;
        if (kept.size() > room) kept.resize(room);
        attempt_store::append_log(tx, id, token, last, kept);
        co_return true;
    };
    co_return co_await deps_.database.transact(deadline_in(statement_patience), work);
}

}  // namespace esm::tasks
