// See worker.hpp. All bookkeeping lives on one shard, the worker's home; items run on all shards and report
// back to it.
#include "platform/lease/worker.hpp"

#include <random>
#include <unordered_map>

#include "platform/async/oneshot.hpp"
#include "platform/async/signal.hpp"
#include "platform/observe/log.hpp"

namespace esm::lease {

using namespace std::chrono_literals;

namespace {

constexpr auto database_patience = 5s;
constexpr std::chrono::milliseconds backoff_min = 100ms;
constexpr std::chrono::milliseconds backoff_max = 5s;
constexpr std::size_t claim_max = 500;  // items a claim
constexpr std::size_t claim_share = 8;  // of the slots is claimed at once, at least, beyond the usual ones
constexpr auto after_exception = 5s;    // until an item whose handler threw is tried again

}  // namespace

struct worker::state {
    state(async::runtime& runtime_, db::database& target_, worker_options options_, worker_hooks hooks_)
        : runtime(runtime_),
          target(target_),
          options(std::move(options_)),
          hooks(std::move(hooks_)),
          claims(target_, {options.pool, options.owner, options.lease}),
          slots(options.slots_max) {}

    using shared = std::shared_ptr<state>;

    async::runtime& runtime;
    db::database& target;
    const worker_options options;
    worker_hooks hooks;

    std::atomic<std::int64_t> claimed{0}, lost{0};
    std::atomic<std::size_t> running_count{0};
    std::atomic<bool> stopping{false}, work_came{true};
    std::optional<async::signal> work_wanted, stop_ticks, ended;
    async::oneshot<bool> ticks_ended;
    std::optional<upkeep> keeping;

    // Home shard only.
    unsigned home{0};
    bool claiming{true};
    claimer claims;
    std::atomic<std::size_t> slots;
    std::unordered_map<std::int64_t, running_item> running;
    std::chrono::milliseconds backoff{backoff_min};
    deadline beat_due{}, look_due{};

    static awaitable<void> claim_loop(shared self);
    static awaitable<void> tick_loop(shared self);
    static awaitable<void> run_one(shared self, const handler& run, running_item what);
    std::size_t free_slots() const;
    awaitable<void> claim_free_slots(std::size_t free);
    awaitable<void> give_back(std::vector<held> items, std::chrono::milliseconds delay);
    awaitable<void> tick();
    awaitable<void> beat(const std::vector<running_item>& items);
    void hear(const std::vector<running_item>& items, const std::vector<pulse>& pulses);
    static awaitable<bool> drain(shared self, deadline until);
    static awaitable<void> part_with_unended(shared self, deadline until);
    awaitable<void> pause();
    void finished(const std::vector<held>& items);

    // Any thread.
    void look_again() {
        work_came = true;
        if (work_wanted) work_wanted->notify();
    }
    void wake() {
        look_again();
        if (!options.channel.empty()) target.notify(options.channel);
    }
};

// One claim in flight: while it runs, slots that free up gather for the next one.
awaitable<void> worker::state::claim_loop(shared self) {
    while (!self->stopping) {
        std::string failure;
        if (const auto free = self->free_slots(); free > 0) {
            try {
                co_await self->claim_free_slots(free);
            } catch (const std::exception& cause) {
                failure = cause.what();
            }
        }
        if (!failure.empty()) {
            self->hooks.begin({});
            observe::log(
                observe::level::warn, "work not claimed", {{"queue", self->options.pool}, {"error", failure}}
            );
            co_await self->pause();
            continue;
        }
        if (self->claims.more() && self->free_slots() > 0) continue;
        const auto rest = self->claims.rest();
        const bool woken = co_await self->work_wanted->wait_for(
            rest > 0ms ? std::min(rest, self->options.poll) : self->options.poll
        );
        if (!woken) self->work_came = true;
    }
    self->claiming = false;
    self->ended->notify();
}

// None where so few are free beyond the usual slots that a claim is not worth its transaction yet.
std::size_t worker::state::free_slots() const {
    const std::size_t all = slots;
    const auto free = all - std::min(all, running.size());
    return running.size() < options.slots_max || free >= all / claim_share ? free : 0;
}

awaitable<void> worker::state::claim_free_slots(std::size_t free) {
    if (work_came.exchange(false)) claims.look_again();
    const auto items = co_await claims.take(std::min(free, claim_max), hooks.on_claim);
    backoff = backoff_min;
    std::vector<running_item> begun;
    begun.reserve(items.size());
    for (const auto& each : items) {
        begun.push_back({each, std::make_shared<progress_token>()});
        if (each.cancel_requested) begun.back().token->cancelled_ = true;
        // A rescued item may be claimed here while its lost attempt still winds down: the newer token counts.
        running.insert_or_assign(each.id, begun.back());
    }
    claimed += static_cast<std::int64_t>(items.size());
    running_count = running.size();
    hooks.begin(std::move(begun));
}

awaitable<void> worker::state::run_one(shared self, const handler& run, running_item what) {
    std::string failure;
    try {
        co_await run(what.item, what.token);
    } catch (const std::exception& cause) {
        failure = cause.what();
    }
    if (!failure.empty()) {
        observe::log(
            observe::level::error,
            "leased item threw, is given back",
            {{"id", what.item.id}, {"attempt", what.item.token}, {"queue", what.item.pool}, {"error", failure}
            }
        );
        co_await self->give_back({what.item}, after_exception);
    }
    asio::post(self->runtime.at(self->home), [self, item = std::move(what.item)] { self->finished({item}); });
}

// When this fails too, the leases expire and the items are rescued.
awaitable<void> worker::state::give_back(std::vector<held> items, std::chrono::milliseconds delay) {
    if (items.empty()) co_return;
    try {
        const std::vector<std::chrono::milliseconds> delays(items.size(), delay);
        co_await target.transact(deadline_in(database_patience), [&](db::transaction& tx) -> awaitable<bool> {
            const auto holds = co_await release(tx, items, delays);
            std::vector<lease::rescued> back;
            for (std::size_t i = 0; i < items.size(); ++i) {
                if (holds[i]) back.push_back({items[i], *holds[i]});
            }
            if (!back.empty() && hooks.on_give_back) co_await hooks.on_give_back(tx, back);
            co_return true;
        });
    } catch (const std::exception& cause) {
        observe::log(
            observe::level::warn,
            "leases not given back",
            {{"items", static_cast<std::int64_t>(items.size())}, {"error", std::string(cause.what())}}
        );
    }
}

void worker::state::finished(const std::vector<held>& items) {
    for (const auto& each : items) {
        const auto found = running.find(each.id);
        if (found != running.end() && found->second.item.token == each.token) running.erase(found);
    }
    running_count = running.size();
    claims.room_came();
    work_wanted->notify();
    ended->notify();
}

awaitable<void> worker::state::tick_loop(shared self) {
    self->beat_due = deadline_in(self->options.lease / 3);
    auto pause = std::min<std::chrono::milliseconds>(self->options.tick, self->options.lease / 3);
    while (!co_await self->stop_ticks->wait_for(pause)) {
        if (self->running.empty()) continue;
        std::string failure;
        try {
            co_await self->tick();
        } catch (const std::exception& cause) {
            failure = cause.what();
        }
        if (failure.empty()) continue;
        // Soon again: the lease must not run out because of one lost connection.
        self->beat_due = {};
        co_await self->stop_ticks->wait_for(1s - pause);
        observe::log(observe::level::warn, "leases not prolonged", {{"error", failure}});
    }
    self->ticks_ended.set_value(true);
}

// Writes progress that changed at each tick, looks for cancellations once a second, and prolongs every lease
// three times in its length. What is younger than a tick is not written of: it may be about to end.
awaitable<void> worker::state::tick() {
    const auto now = std::chrono::steady_clock::now();
    const bool all = now >= beat_due;
    const bool look_for_wishes = !all && now >= look_due;
    const auto tick_length = std::min(options.tick, options.lease / 10);
    std::vector<running_item> changed, others;
    for (const auto& [id, each] : running) {
        const bool moved = each.token->progress() != each.token->written_progress_;
        if ((all || moved || each.token->passed_by_) && each.since < now - tick_length) {
            changed.push_back(each);
        } else if (look_for_wishes && each.since < now - 1s) {
            others.push_back(each);
        }
    }
    if (all) beat_due = now + options.lease / 3;
    if (look_for_wishes || all) look_due = now + 1s;
    if (!changed.empty()) co_await beat(changed);
    if (others.empty()) co_return;
    std::vector<held> items;
    for (const auto& each : others) items.push_back(each.item);
    hear(others, co_await look(target, items, deadline_in(database_patience)));
}

awaitable<void> worker::state::beat(const std::vector<running_item>& items) {
    std::vector<held> given;
    std::vector<std::int64_t> progress;
    for (const auto& each : items) {
        given.push_back(each.item);
        const int now = each.token->progress();
        progress.push_back(now == each.token->written_progress_ ? -1 : now);
    }
    const auto pulses = co_await target.transact(deadline_in(database_patience), [&](db::transaction& tx) {
        return heartbeat(tx, given, progress, options.lease);
    });
    for (std::size_t i = 0; i < items.size(); ++i) {
        auto& token = *items[i].token;
        token.passed_by_ = pulses[i] == pulse::busy;
        if (progress[i] >= 0 && !token.passed_by_) token.written_progress_ = static_cast<int>(progress[i]);
    }
    hear(items, pulses);
}

void worker::state::hear(const std::vector<running_item>& items, const std::vector<pulse>& pulses) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& item = items[i].item;
        const auto& token = items[i].token;
        if (pulses[i] == pulse::cancel) token->cancelled_ = true;
        if (pulses[i] != pulse::lost) continue;
        // It may have ended in the meantime, which is no loss.
        const auto still = running.find(item.id);
        if (still == running.end() || still->second.token != token) continue;
        if (!token->lost_.exchange(true)) ++lost;
    }
}

// Full jitter, so that replicas do not come back together.
awaitable<void> worker::state::pause() {
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<std::int64_t> spread(backoff.count() / 2, backoff.count());
    const auto until = deadline_in(std::chrono::milliseconds(spread(random)));
    backoff = std::min(backoff * 2, backoff_max);
    asio::steady_timer rest(co_await asio::this_coro::executor);
    while (!stopping && std::chrono::steady_clock::now() < until) {
        rest.expires_after(50ms);
        co_await rest.async_wait(asio::use_awaitable);
    }
}

awaitable<bool> worker::state::drain(shared self, deadline until) {
    while (self->claiming || !self->running.empty()) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        if (left <= 0ms) co_return false;
        co_await self->ended->wait_for(left);
    }
    co_return true;
}

awaitable<void> worker::state::part_with_unended(shared self, deadline until) {
    co_await drain(self, until);
    // A claim under way brings items yet.
    while (self->claiming) co_await self->ended->wait_for(100ms);
    std::vector<held> left;
    for (const auto& [id, each] : self->running) {
        each.token->lost_ = true;
        left.push_back(each.item);
    }
    if (!self->options.keeps_unended) co_await self->give_back(std::move(left), 0ms);
}

worker::worker(async::runtime& runtime, db::database& target, worker_options options, worker_hooks hooks)
    : state_(std::make_shared<state>(runtime, target, std::move(options), std::move(hooks))) {}

worker::worker(
    async::runtime& runtime, db::database& target, worker_options options, worker_hooks hooks, handler run
)
    : worker(runtime, target, std::move(options), std::move(hooks)) {
    const std::weak_ptr<state> kept = state_;
    state_->hooks.begin = [kept, run = std::move(run)](std::vector<running_item> items) {
        const auto self = kept.lock();
        for (auto& each : items) {
            self->runtime.spawn(
                self->runtime.next_shard(), "leased item", state::run_one(self, run, std::move(each))
            );
        }
    };
}

worker::~worker() {
    state_->stopping = true;
    if (!state_->work_wanted) return;
    state_->work_wanted->notify();
    state_->stop_ticks->notify();
}

void worker::start(unsigned shard) {
    const auto executor = state_->runtime.executor(shard);
    const std::weak_ptr<state> kept = state_;
    state_->home = shard;
    state_->work_wanted.emplace(executor);
    state_->stop_ticks.emplace(executor);
    state_->ended.emplace(executor);
    if (!state_->options.channel.empty()) {
        state_->target.listen(state_->options.channel, [kept] {
            if (const auto alive = kept.lock()) alive->look_again();
        });
    }
    state_->keeping.emplace(
        state_->runtime,
        state_->target,
        upkeep_options{
            state_->options.rescue_every,
            state_->hooks.on_rescue,
            state_->hooks.on_promote,
            [kept] {
                if (const auto alive = kept.lock()) alive->wake();
            }
        }
    );
    state_->keeping->start(shard);
    state_->runtime.spawn(shard, "lease claims", state::claim_loop(state_));
    state_->runtime.spawn(shard, "lease heartbeats", state::tick_loop(state_));
}

void worker::wake() {
    state_->wake();
}

void worker::finished(std::vector<held> items) {
    asio::dispatch(state_->runtime.at(state_->home), [self = state_, items = std::move(items)] {
        self->finished(items);
    });
}

void worker::set_slots(std::size_t slots) {
    state_->slots = slots;
}

void worker::stop_claiming() {
    state_->stopping = true;
    if (state_->work_wanted) state_->work_wanted->notify();
}

awaitable<bool> worker::drain(deadline until) {
    const auto kept = state_;
    stop_claiming();
    if (!kept->work_wanted) co_return true;  // never started
    const auto home = kept->runtime.executor(kept->home);
    co_return co_await asio::co_spawn(home, state::drain(kept, until), asio::use_awaitable);
}

awaitable<void> worker::stop(deadline until) {
    const auto kept = state_;
    stop_claiming();
    if (!kept->work_wanted) co_return;  // never started
    const auto home = kept->runtime.executor(kept->home);
    co_await asio::co_spawn(home, state::part_with_unended(kept, until), asio::use_awaitable);
    kept->stop_ticks->notify();
    co_await kept->ticks_ended.get();
    co_await kept->keeping->stop();
}

worker_stats worker::stats() const {
    const auto rescued = state_->keeping ? state_->keeping->rescued_count() : 0;
    return {state_->claimed, rescued, state_->lost, state_->running_count};
}

}  // namespace esm::lease
