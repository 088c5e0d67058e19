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
constexpr std::size_t claim_max = 500;   // items a claim
constexpr std::size_t rescue_max = 200;  // items a scan
constexpr auto stop_grace = 5s;
constexpr auto after_exception = 5s;  // until an item whose handler threw is tried again

}  // namespace

struct worker::state {
    state(
        async::runtime& runtime_,
        db::database& target_,
        worker_options options_,
        claimed_hook on_claim_,
        handler run_
    )
        : runtime(runtime_),
          target(target_),
          options(std::move(options_)),
          on_claim(std::move(on_claim_)),
          run_item(std::move(run_)) {}

    struct running_item {
        held item;
        std::shared_ptr<progress_token> token;
    };
    using shared = std::shared_ptr<state>;

    async::runtime& runtime;
    db::database& target;
    const worker_options options;
    const claimed_hook on_claim;
    const handler run_item;

    std::atomic<std::int64_t> claimed{0}, rescued{0}, lost{0};
    std::atomic<std::size_t> running_count{0};
    std::atomic<bool> stopping{false};
    std::optional<async::signal> work_wanted, stop_heartbeats, stop_rescues;
    async::oneshot<bool> claims_ended, heartbeats_ended, rescues_ended;

    // Home shard only.
    unsigned home{0};
    std::unordered_map<std::int64_t, running_item> running;
    std::chrono::milliseconds backoff{backoff_min};

    static awaitable<void> claim_loop(shared self);
    static awaitable<void> heartbeat_loop(shared self);
    static awaitable<void> rescue_loop(shared self);
    static awaitable<void> run_one(shared self, held item, std::shared_ptr<progress_token> token);
    awaitable<std::vector<held>> claim_free_slots(std::size_t free);
    awaitable<void> give_back(held item, std::chrono::milliseconds delay);
    awaitable<void> beat();
    awaitable<void> finish();
    awaitable<void> pause();
    void begin(const shared& self, const std::vector<held>& items);
    void finished(const held& item);
};

// One claim in flight: while it runs, slots that free up gather for the next one.
awaitable<void> worker::state::claim_loop(shared self) {
    while (!self->stopping) {
        const std::size_t free =
            self->options.slots_max - std::min(self->options.slots_max, self->running.size());
        std::string failure;
        bool more = false;
        if (free > 0) {
            try {
                const auto items = co_await self->claim_free_slots(free);
                self->begin(self, items);
                self->backoff = backoff_min;
                more = !items.empty() && items.size() == std::min(free, claim_max);
            } catch (const std::exception& cause) {
                failure = cause.what();
            }
        }
        if (!failure.empty()) {
            observe::log(
                observe::level::warn,
                "work not claimed",
                {{"queue", self->options.queues.front()}, {"error", failure}}
            );
            co_await self->pause();
        } else if (!more) {
            co_await self->work_wanted->wait_for(self->options.poll);
        }
    }
    co_await self->finish();
    self->claims_ended.set_value(true);
}

awaitable<std::vector<held>> worker::state::claim_free_slots(std::size_t free) {
    co_return co_await target.transact(
        deadline_in(database_patience),
        [this, free](db::transaction& tx) -> awaitable<std::vector<held>> {
            auto items =
                co_await claim(tx, options.queues, std::min(free, claim_max), options.lease, options.owner);
            if (!items.empty() && on_claim) co_await on_claim(tx, items);
            co_return items;
        }
    );
}

void worker::state::begin(const shared& self, const std::vector<held>& items) {
    for (const auto& each : items) {
        auto token = std::make_shared<progress_token>();
        // A rescued item may be claimed here while its lost attempt still winds down: the newer token counts.
        running.insert_or_assign(each.id, running_item{each, token});
        runtime.spawn(runtime.next_shard(), "leased item", run_one(self, each, std::move(token)));
    }
    claimed += static_cast<std::int64_t>(items.size());
    running_count = running.size();
}

awaitable<void> worker::state::run_one(shared self, held item, std::shared_ptr<progress_token> token) {
    std::string failure;
    try {
        co_await self->run_item(item, token);
    } catch (const std::exception& cause) {
        failure = cause.what();
    }
    if (!failure.empty()) {
        observe::log(
            observe::level::error,
            "leased item threw, is given back",
            {{"id", item.id}, {"attempt", item.token}, {"queue", item.queue}, {"error", failure}}
        );
        co_await self->give_back(item, after_exception);
    }
    asio::post(self->runtime.at(self->home), [self, item = std::move(item)] { self->finished(item); });
}

// When this fails too, the lease expires and the item is rescued.
awaitable<void> worker::state::give_back(held item, std::chrono::milliseconds delay) {
    try {
        co_await target.transact(
            deadline_in(database_patience),
            [&item, delay](db::transaction& tx) -> awaitable<bool> {
                co_return co_await release(tx, item, item.priority, delay);
            }
        );
    } catch (const std::exception& cause) {
        observe::log(
            observe::level::warn,
            "lease not given back",
            {{"id", item.id}, {"error", std::string(cause.what())}}
        );
    }
}

void worker::state::finished(const held& item) {
    const auto found = running.find(item.id);
    if (found != running.end() && found->second.item.token == item.token) running.erase(found);
    running_count = running.size();
    work_wanted->notify();
}

awaitable<void> worker::state::heartbeat_loop(shared self) {
    auto pause = self->options.lease / 3;
    while (!co_await self->stop_heartbeats->wait_for(pause)) {
        pause = self->options.lease / 3;
        if (self->running.empty()) continue;
        std::string failure;
        try {
            co_await self->beat();
        } catch (const std::exception& cause) {
            failure = cause.what();
        }
        if (failure.empty()) continue;
        // Sooner again: the lease must not run out because of one lost connection.
        pause = std::min<std::chrono::milliseconds>(pause, 1s);
        observe::log(observe::level::warn, "leases not prolonged", {{"error", failure}});
    }
    self->heartbeats_ended.set_value(true);
}

awaitable<void> worker::state::beat() {
    std::vector<held> items;
    std::vector<std::shared_ptr<progress_token>> tokens;
    for (const auto& [id, each] : running) {
        items.push_back(each.item);
        tokens.push_back(each.token);
    }
    const auto pulses = co_await target.transact(
        deadline_in(database_patience),
        [this, &items](db::transaction& tx) -> awaitable<std::vector<pulse>> {
            return heartbeat(tx, items, options.lease);
        }
    );
    for (std::size_t i = 0; i < pulses.size(); ++i) {
        if (pulses[i] == pulse::cancel) tokens[i]->cancelled_ = true;
        if (pulses[i] != pulse::lost) continue;
        // An item that completed while we asked is not lost.
        const auto still = running.find(items[i].id);
        if (still == running.end() || still->second.token != tokens[i]) continue;
        if (!tokens[i]->lost_.exchange(true)) ++lost;
    }
}

awaitable<void> worker::state::rescue_loop(shared self) {
    // Replicas that started together need not scan together.
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<std::int64_t> spread(0, self->options.rescue_every.count() / 4);
    while (!co_await self->stop_rescues->wait_for(
        self->options.rescue_every - std::chrono::milliseconds(spread(random))
    )) {
        try {
            const auto items = co_await self->target.transact(
                deadline_in(database_patience),
                [](db::transaction& tx) -> awaitable<std::vector<held>> { return rescue(tx, rescue_max); }
            );
            if (items.empty()) continue;
            self->rescued += static_cast<std::int64_t>(items.size());
            self->work_wanted->notify();
            for (const auto& each : items) {
                observe::log(
                    observe::level::warn,
                    "expired lease made claimable",
                    {{"id", each.id}, {"attempt", each.token}, {"queue", each.queue}}
                );
            }
        } catch (const std::exception& cause) {
            observe::log(
                observe::level::warn, "expired leases not looked for", {{"error", std::string(cause.what())}}
            );
        }
    }
    self->rescues_ended.set_value(true);
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

// Waits for what runs; what does not end in time is told that it lost its lease, and given back.
awaitable<void> worker::state::finish() {
    const auto until = deadline_in(stop_grace);
    while (!running.empty() && std::chrono::steady_clock::now() < until)
        co_await work_wanted->wait_for(100ms);
    std::vector<running_item> left;
    for (const auto& [id, each] : running) left.push_back(each);
    for (const auto& each : left) {
        each.token->lost_ = true;
        co_await give_back(each.item, 0ms);
    }
}

worker::worker(
    async::runtime& runtime, db::database& target, worker_options options, claimed_hook on_claim, handler run
)
    : state_(std::make_shared<state>(runtime, target, std::move(options), std::move(on_claim), std::move(run))
      ) {}

worker::~worker() {
    state_->stopping = true;
    if (!state_->work_wanted) return;
    for (auto* each : {&state_->work_wanted, &state_->stop_heartbeats, &state_->stop_rescues})
        (*each)->notify();
}

void worker::start(unsigned shard) {
    const auto executor = state_->runtime.executor(shard);
    state_->home = shard;
    for (auto* each : {&state_->work_wanted, &state_->stop_heartbeats, &state_->stop_rescues})
        each->emplace(executor);
    if (!state_->options.channel.empty()) {
        const std::weak_ptr<state> kept = state_;
        state_->target.listen(state_->options.channel, [kept] {
            if (const auto alive = kept.lock()) alive->work_wanted->notify();
        });
    }
    state_->runtime.spawn(shard, "lease claims", state::claim_loop(state_));
    state_->runtime.spawn(shard, "lease heartbeats", state::heartbeat_loop(state_));
    state_->runtime.spawn(shard, "lease rescues", state::rescue_loop(state_));
}

void worker::wake() {
    if (state_->work_wanted) state_->work_wanted->notify();
    if (!state_->options.channel.empty()) state_->target.notify(state_->options.channel);
}

awaitable<void> worker::stop() {
    const auto kept = state_;
    if (!kept->work_wanted) co_return;  // never started
    kept->stopping = true;
    kept->work_wanted->notify();
    kept->stop_rescues->notify();
    co_await kept->claims_ended.get();
    kept->stop_heartbeats->notify();
    co_await kept->heartbeats_ended.get();
    co_await kept->rescues_ended.get();
}

worker_stats worker::stats() const {
    return {state_->claimed, state_->rescued, state_->lost, state_->running_count};
}

}  // namespace esm::lease
