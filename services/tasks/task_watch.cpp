// See task_watch.hpp. All looking runs in one coroutine on the hub's shard; requests only register.
#include "services/tasks/task_watch.hpp"

#include "platform/async/oneshot.hpp"
#include "platform/observe/log.hpp"
#include "services/tasks/task_json.hpp"
#include "services/tasks/task_store.hpp"
#include "services/tasks/watch_registry.hpp"
#include "services/tasks/watch_store.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using watched_tasks = watch_registry::watched_tasks;

constexpr auto patience = 5s;
constexpr std::chrono::milliseconds round_gap = 20ms;  // so many changes a moment cost few looks
constexpr std::chrono::milliseconds nobody = 1h;
constexpr std::chrono::milliseconds away_pause = 1s;
constexpr std::size_t versions_a_look = 5'000;
constexpr std::size_t tasks_a_look = 16;  // with their results: up to some megabytes each
// A task shows up to this much after its instant of creation: the commit, and clocks of replicas apart.
constexpr instant_us late_us = 5'000'000;
constexpr auto retry_after = 5s;
constexpr instant_us away_max_us = 3'600'000'000;  // who stays away longer lists

// As lists carry it.
seen_task without_large_result(const seen_task& whole) {
    if (!whole->result || whole->result->size() <= carried_result_max_bytes) return whole;
    auto trimmed = std::make_shared<task>(*whole);
    trimmed->result.reset();
    trimmed->result_omitted = true;
    return trimmed;
}

error too_many_watchers() {
    auto refused = fail(errc::overloaded, "too many tasks are being watched here; try again shortly");
    refused.retry_after = retry_after;
    return refused;
}

}  // namespace

struct task_watch::state {
    state(async::runtime& on, db::database& from, task_watch_options given)
        : runtime(on), source(from), options(given), registry(given.watchers_max) {}

    awaitable<void> loop();
    awaitable<void> look_at_users();
    void track(const std::shared_ptr<watcher>& of, const std::vector<watch_store::found_task>& found);
    awaitable<void> look_at(watched_tasks watched);
    awaitable<void> read_and_tell(const std::vector<std::int64_t>& ids, const watched_tasks& watched);
    void tell(task read, const std::vector<std::shared_ptr<watcher>>& watchers);
    bool wants(const std::vector<std::shared_ptr<watcher>>& watchers, const watch_store::task_version& now);
    void tell_gone(std::int64_t id, const std::vector<std::shared_ptr<watcher>>& watchers);
    void tell_current() const;
    // A whole round as soon as may be.
    void hurry() {
        hurried = true;
        if (wake) wake->notify();
    }

    async::runtime& runtime;
    db::database& source;
    const task_watch_options options;
    watch_registry registry;
    std::atomic<bool> hurried{false}, stopping{false};
    std::optional<async::signal> wake;
    async::oneshot<bool> ended;
    bool is_away{false};
};

awaitable<void> task_watch::state::loop() {
    asio::steady_timer rest(co_await asio::this_coro::executor);
    auto due = clock::now();
    while (!stopping) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - clock::now());
        co_await wake->wait_for(registry.size() == 0 ? nobody : std::max(left, 0ms));
        if (stopping) break;
        if (registry.size() == 0) continue;
        const bool whole = hurried.exchange(false) || clock::now() >= due;
        auto urgent = registry.take_urgent();
        if (!whole && urgent.empty()) continue;
        try {
            if (whole) {
                co_await look_at_users();
                co_await look_at(registry.tasks());
                tell_current();
            } else {
                co_await look_at(std::move(urgent));
            }
            is_away = false;
        } catch (const std::exception& failure) {
            // Whatever was missed is seen at the next look: versions tell.
            if (!std::exchange(is_away, true)) {
                const std::string why = failure.what();
                observe::log(observe::level::warn, "watched tasks cannot be read", {{"cause", why}});
            }
        }
        if (whole || is_away)
            due = clock::now() + (is_away ? std::max(options.poll, away_pause) : options.poll);
        rest.expires_after(round_gap);
        co_await rest.async_wait(asio::use_awaitable);
    }
    ended.set_value(true);
}

awaitable<void> task_watch::state::look_at_users() {
    const auto watchers = registry.of_users();
    if (watchers.empty()) co_return;
    std::map<std::int64_t, instant_us> since;
    for (const auto& each : watchers) {
        const auto [place, is_first] = since.try_emplace(each->user_id(), each->made_since);
        if (!is_first) place->second = std::min(place->second, each->made_since);
    }
    std::unordered_map<std::int64_t, std::vector<watch_store::found_task>> by_user;
    const auto found =
        co_await watch_store::of_users(source, since, options.tasks_a_user_max, deadline_in(patience));
    for (const auto& each : found) by_user[each.user_id].push_back(each);
    for (const auto& each : watchers) track(each, by_user[each->user_id()]);
}

// Has the watcher told of what was found and it does not know, and moves the instant on from which it asks.
void task_watch::state::track(
    const std::shared_ptr<watcher>& of, const std::vector<watch_store::found_task>& found
) {
    of->is_looked_at = true;
    auto room = options.tasks_a_user_max;
    for (const auto& [id, state] : of->known) {
        if (!state.ended && room > 0) --room;
    }
    std::size_t made = 0;
    instant_us last_made = of->made_since;
    bool full = false;
    for (const auto& each : found) {
        if (each.is_new) ++made;
        if (each.is_new && each.created_at < of->made_since) continue;
        if (!of->known.contains(each.id)) {
            full = full || room == 0;
            if (room == 0) continue;
            --room;
            of->known[each.id].created_at = each.created_at;
            registry.attach(of, each.id);
        }
        if (each.is_new && !full) last_made = each.created_at;
    }
    const bool seen_all = !full && made < options.tasks_a_user_max;
    of->made_since = seen_all ? std::max(of->begun_at, now_us() - late_us) : last_made;
    std::erase_if(of->known, [of](const auto& each) {
        return each.second.ended && each.second.created_at < of->made_since;
    });
}

awaitable<void> task_watch::state::look_at(watched_tasks watched) {
    std::vector<std::int64_t> ids;
    ids.reserve(watched.size());
    for (const auto& [id, watchers] : watched) ids.push_back(id);
    for (std::size_t from = 0; from < ids.size(); from += versions_a_look) {
        const auto to = std::min(ids.size(), from + versions_a_look);
        const std::vector<std::int64_t> some(
            ids.begin() + static_cast<std::ptrdiff_t>(from), ids.begin() + static_cast<std::ptrdiff_t>(to)
        );
        std::unordered_set<std::int64_t> missing(some.begin(), some.end());
        std::vector<std::int64_t> changed;
        for (const auto& now : co_await watch_store::versions(source, some, deadline_in(patience))) {
            missing.erase(now.id);
            if (wants(watched[now.id], now)) changed.push_back(now.id);
        }
        for (const auto id : missing) tell_gone(id, watched[id]);
        // In order of age, as people read them.
        std::sort(changed.begin(), changed.end());
        co_await read_and_tell(changed, watched);
    }
}

bool task_watch::state::wants(
    const std::vector<std::shared_ptr<watcher>>& watchers, const watch_store::task_version& now
) {
    return std::any_of(watchers.begin(), watchers.end(), [&](const auto& each) {
        const auto known = each->known.find(now.id);
        return known != each->known.end() && known->second.version < now.version && each->has_room();
    });
}

awaitable<void> task_watch::state::read_and_tell(
    const std::vector<std::int64_t>& ids, const watched_tasks& watched
) {
    for (std::size_t from = 0; from < ids.size(); from += tasks_a_look) {
        const auto to = std::min(ids.size(), from + tasks_a_look);
        std::vector<std::int64_t> some(
            ids.begin() + static_cast<std::ptrdiff_t>(from), ids.begin() + static_cast<std::ptrdiff_t>(to)
        );
        auto read = co_await task_store::find_many(source, std::move(some), deadline_in(patience));
        std::sort(read.begin(), read.end(), [](const task& a, const task& b) { return a.id < b.id; });
        for (auto& each : read) {
            const auto& watchers = watched.at(each.id);
            tell(std::move(each), watchers);
        }
    }
}

void task_watch::state::tell(task read, const std::vector<std::shared_ptr<watcher>>& watchers) {
    const bool is_over = is_terminal(read.status);
    const auto whole = std::make_shared<const task>(std::move(read));
    seen_task trimmed;
    for (const auto& each : watchers) {
        auto& known = each->known[whole->id];
        if (known.version >= whole->version || !each->has_room()) continue;
        known.version = whole->version;
        known.created_at = whole->created_at;
        known.ended = is_over;
        if (is_over) registry.detach(each, whole->id);
        if (each->user_id() != 0 && !trimmed) trimmed = without_large_result(whole);
        each->tell(each->user_id() != 0 ? trimmed : whole);
    }
}

void task_watch::state::tell_gone(std::int64_t id, const std::vector<std::shared_ptr<watcher>>& watchers) {
    for (const auto& each : watchers) {
        registry.detach(each, id);
        if (each->user_id() == 0) {
            each->tell_gone();
        } else {
            each->known.erase(id);
        }
    }
}

void task_watch::state::tell_current() const {
    for (const auto& each : registry.of_users()) {
        if (each->is_current || !each->is_looked_at) continue;
        each->is_current = std::all_of(each->known.begin(), each->known.end(), [](const auto& known) {
            return known.second.version > 0;
        });
        if (each->is_current) each->tell_current();
    }
}

task_watch::handle::handle(std::shared_ptr<state> of, std::shared_ptr<watcher> watched)
    : of_(std::move(of)), watcher_(std::move(watched)) {}

task_watch::handle::~handle() {
    if (watcher_) of_->registry.remove(watcher_);
}

task_watch::task_watch(
    async::runtime& runtime, db::database& source, observe::metrics& metrics, task_watch_options options
)
    : state_(std::make_shared<state>(runtime, source, options)) {
    metrics.make_gauge(
        "task_watchers",
        "Event streams, long polls and gRPC watches that wait for changes of tasks.",
        {},
        [held = state_] { return static_cast<double>(held->registry.size()); }
    );
}

task_watch::~task_watch() = default;

void task_watch::start(unsigned shard) {
    state_->wake.emplace(state_->runtime.executor(shard));
    auto run = [](std::shared_ptr<state> held) -> awaitable<void> { co_await held->loop(); };
    state_->runtime.spawn(shard, "task watch", run(state_));
}

awaitable<void> task_watch::stop() {
    const auto held = state_;
    if (!held->wake || held->stopping.exchange(true)) co_return;
    held->registry.interrupt_all();
    held->wake->notify();
    co_await held->ended.get();
}

void task_watch::changed(const std::vector<std::int64_t>& ids) {
    if (state_->registry.add_urgent(ids) && state_->wake) state_->wake->notify();
}

awaitable<result<task_watch::handle>> task_watch::watch_task(const task& seen) {
    const auto held = state_;
    const auto made = std::make_shared<watcher>(co_await asio::this_coro::executor, 0, [] {});
    made->known[seen.id] = {seen.version, seen.created_at, false};
    if (!held->registry.add(made)) co_return too_many_watchers();
    changed({seen.id});  // what happened since `seen`; and wakes the hub for its first watcher
    co_return handle(held, made);
}

awaitable<result<task_watch::handle>> task_watch::watch_user(
    std::int64_t user_id, std::optional<instant_us> ended_since, deadline until
) {
    const auto held = state_;
    // Weak: the watcher must not keep the hub that keeps it.
    const auto hurry = [weak = std::weak_ptr<state>(held)] {
        if (const auto alive = weak.lock()) alive->hurry();
    };
    const auto made = std::make_shared<watcher>(co_await asio::this_coro::executor, user_id, hurry);
    made->begun_at = made->made_since = now_us();
    if (ended_since) {
        const auto since = std::clamp(*ended_since, made->begun_at - away_max_us, made->begun_at);
        const auto most = held->options.tasks_a_user_max;
        for (const auto& each :
             co_await watch_store::ended_of_user(held->source, user_id, since, most, until)) {
            made->known[each.id].created_at = each.created_at;
        }
        made->begun_at = made->made_since = since;
    }
    if (!held->registry.add(made)) co_return too_many_watchers();
    held->hurry();
    co_return handle(held, made);
}

}  // namespace esm::tasks
