// See end_attempts.hpp.
#include "services/tasks/end_attempts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/lease/concurrency_key.hpp"
#include "services/tasks/attempt_store.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

bool is_tried_again(happening what) {
    return what == happening::failed_once || what == happening::given_back;
}

// The attempt that the task has just left, which did not end it.
attempt_store::attempt attempt_of(
    const task& after, instant_us ended_at, std::string_view outcome, std::optional<std::string> message = {}
) {
    return {
        after.id,
        after.attempt,
        after.worker.value_or(""),
        after.started_at.value_or(0),
        ended_at,
        std::string(outcome),
        std::move(message)
    };
}

std::string_view outcome_of(const attempt_end& end) {
    if (end.what == happening::given_back) return "released";
    return end.timed_out ? "timed_out" : "failed";
}

std::vector<std::int64_t> ids_of(const std::vector<lease::rescued>& items) {
    std::vector<std::int64_t> ids;
    for (const auto& each : items) ids.push_back(each.item.id);
    return ids;
}

// The running task with what its lease knew of it.
task with_hold(task after, const lease::ended& hold) {
    after.version += hold.changes - after.held_changes;
    after.held_changes = 0;
    after.progress = hold.progress;
    after.started_at = hold.claimed_at;
    after.worker = hold.owner;
    after.cancel_requested = after.cancel_requested || hold.cancel_requested;
    return after;
}

// The task as its attempt leaves it. Who was asked to stop and did not complete is cancelled.
task changed_by(const attempt_end& end, const lease::ended& hold, happening& what) {
    auto after = with_hold(*end.started, hold);
    if (after.cancel_requested && what != happening::completed) what = happening::cancelled;
    apply(
        after,
        what,
        {.now = hold.ended_at,
         .result = end.result,
         .error_message = what == happening::cancelled ? std::nullopt : end.error_message,
         .retry_at = hold.ended_at + std::chrono::microseconds(end.delay).count()}
    );
    return after;
}

// What the ends of a batch have made of their tasks, and which end each belongs to.
struct written_ends {
    std::vector<task> changed;
    std::vector<std::size_t> places;
    db::text_list freed;  // concurrency keys
};

// Those that completed: their leases and rows in one statement.
awaitable<void> complete(db::transaction& tx, const std::vector<attempt_end>& ends, written_ends& made) {
    std::vector<lease::held> items;
    std::vector<std::optional<std::string>> results;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (ends[i].what != happening::completed) continue;
        items.push_back(ends[i].item);
        results.push_back(ends[i].result);
        places.push_back(i);
    }
    const auto completions =
        co_await task_store::complete(tx, std::move(items), std::move(results), made.freed);
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (!completions[i]) continue;
        const auto& end = ends[places[i]];
        auto what = end.what;
        made.changed.push_back(changed_by(end, completions[i]->hold, what));
        made.changed.back().followed = completions[i]->followed;
        made.places.push_back(places[i]);
        co_await artifacts::insert(tx, end.kept);
    }
}

// The leases of those that did not complete, in their places.
awaitable<std::vector<std::optional<lease::ended>>> end_leases(
    db::transaction& tx, const std::vector<attempt_end>& ends, db::text_list& freed
) {
    std::vector<lease::held> finished, again;
    std::vector<std::size_t> finished_at, again_at;
    std::vector<std::chrono::milliseconds> delays;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (ends[i].what == happening::completed) continue;
        const bool back = is_tried_again(ends[i].what);
        (back ? again : finished).push_back(ends[i].item);
        (back ? again_at : finished_at).push_back(i);
        if (back) delays.push_back(ends[i].delay);
    }
    std::vector<std::optional<lease::ended>> holds(ends.size());
    auto ended = co_await lease::complete(tx, std::move(finished), &freed);
    for (std::size_t i = 0; i < ended.size(); ++i) holds[finished_at[i]] = std::move(ended[i]);
    auto released = co_await lease::release(tx, std::move(again), std::move(delays), &freed);
    for (std::size_t i = 0; i < released.size(); ++i) holds[again_at[i]] = std::move(released[i]);
    co_return holds;
}

// Those that did not complete.
awaitable<void> end_otherwise(db::transaction& tx, const std::vector<attempt_end>& ends, written_ends& made) {
    const auto holds = co_await end_leases(tx, ends, made.freed);
    const auto first = made.changed.size();
    std::vector<attempt_store::attempt> attempts;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        if (!holds[i]) continue;
        auto what = ends[i].what;
        made.changed.push_back(changed_by(ends[i], *holds[i], what));
        made.places.push_back(i);
        if (is_tried_again(what)) {
            attempts.push_back(attempt_of(
                made.changed.back(), holds[i]->ended_at, outcome_of(ends[i]), ends[i].error_message
            ));
        }
        // It was asked to stop while it failed: its lease went back for nothing.
        if (is_tried_again(ends[i].what) && !is_tried_again(what))
            co_await lease::cancel(tx, ends[i].item.id);
    }
    co_await task_store::save(tx, std::span(made.changed).subspan(first));
    attempt_store::insert(tx, attempts);
}

}  // namespace

attempt_end end_attempts::decide(
    lease::held item, std::shared_ptr<const task> started, outcome done, bool timed_out
) const {
    using enum outcome::kind;
    attempt_end end{std::move(item), std::move(started)};
    end.timed_out = timed_out;
    if (done.how == completed) {
        end.result = std::move(done.text);
        return end;
    }
    end.error_message = timed_out ? fmt::format("took longer than its {} s", end.started->timeout_seconds)
                                  : std::move(done.text);
    const bool again = (done.how == failed || timed_out) && may_retry(*end.started);
    if (again) {
        end.what = happening::failed_once;
        end.delay = policy_.wait_after(*end.started, done.retry_after);
    } else if (done.how == stopped && !timed_out) {
        end.what = happening::cancelled;
    } else {
        end.what = timed_out ? happening::timed_out : happening::failed;
    }
    return end;
}

awaitable<std::vector<std::optional<task>>> end_attempts::write(
    db::transaction& tx, const std::vector<attempt_end>& ends
) const {
    written_ends made;
    co_await complete(tx, ends, made);
    co_await end_otherwise(tx, ends, made);
    lease::grant_places(tx, std::move(made.freed));
    std::vector<std::optional<task>> answers(ends.size());
    if (made.changed.empty()) co_return answers;
    for (const auto at : made.places)
        attempt_store::append_log(tx, ends[at].item.id, ends[at].item.token, 0, ends[at].lines);
    co_await changes_.announce(tx, made.changed);
    for (std::size_t i = 0; i < made.places.size(); ++i) answers[made.places[i]] = std::move(made.changed[i]);
    co_return answers;
}

awaitable<void> end_attempts::give_back(db::transaction& tx, const std::vector<lease::rescued>& items) const {
    co_await take_back(tx, items, "released", {});
}

awaitable<void> end_attempts::rescue(db::transaction& tx, const std::vector<lease::rescued>& items) const {
    const auto ids = ids_of(items);
    std::set<std::int64_t> hopeless;
    const auto before = co_await attempt_store::count_lost(tx, ids);
    for (const auto id : ids) {
        const auto found = before.find(id);
        const auto lost = 1 + (found == before.end() ? 0 : found->second);
        if (lost > lost_attempts_max_) hopeless.insert(id);
    }
    co_await take_back(tx, items, "lost", hopeless);
}

// The leases wait again, but for those of the hopeless, whose tasks fail.
awaitable<void> end_attempts::take_back(
    db::transaction& tx,
    const std::vector<lease::rescued>& items,
    std::string_view outcome,
    const std::set<std::int64_t>& hopeless
) const {
    for (const auto id : hopeless) co_await lease::cancel(tx, id);
    auto rows = co_await task_store::lock(tx, ids_of(items));
    std::vector<attempt_store::attempt> attempts;
    std::vector<task> changed;
    for (const auto& [item, hold] : items) {
        const auto row =
            std::find_if(rows.begin(), rows.end(), [id = item.id](const task& one) { return one.id == id; });
        if (row == rows.end() || !apply(*row, happening::claimed, {.now = hold.claimed_at})) continue;
        auto& after = changed.emplace_back(with_hold(std::move(*row), hold));
        after.attempt = item.token;
        if (hopeless.contains(item.id)) {
            auto why = fmt::format("its worker was lost {} times", lost_attempts_max_ + 1);
            apply(after, happening::failed, {.now = hold.ended_at, .error_message = std::move(why)});
            continue;
        }
        apply(after, happening::given_back, {.now = hold.ended_at});
        attempts.push_back(attempt_of(after, hold.ended_at, outcome));
    }
    if (changed.empty()) co_return;
    co_await task_store::save(tx, changed);
    attempt_store::insert(tx, attempts);
    co_await changes_.announce(tx, changed);
}

}  // namespace esm::tasks
