// See upkeep.hpp.
#include "platform/lease/upkeep.hpp"

#include <random>

#include "platform/async/oneshot.hpp"
#include "platform/async/signal.hpp"
#include "platform/observe/log.hpp"

namespace esm::lease {

using namespace std::chrono_literals;

namespace {

constexpr auto database_patience = 5s;
constexpr std::size_t rescue_max = 200;  // items a scan
constexpr std::chrono::milliseconds promote_every = 1s;
constexpr std::size_t promote_max = 1000;  // items a round

}  // namespace

struct upkeep::state {
    state(async::runtime& runtime_, db::database& target_, upkeep_options options_)
        : runtime(runtime_), target(target_), options(std::move(options_)) {}

    using shared = std::shared_ptr<state>;

    async::runtime& runtime;
    db::database& target;
    const upkeep_options options;
    std::atomic<std::int64_t> rescued{0};
    std::optional<async::signal> stop_rescues, stop_promotions;
    async::oneshot<bool> rescues_ended, promotions_ended;

    static awaitable<void> rescue_loop(shared self);
    static awaitable<void> promote_loop(shared self);
    awaitable<void> rescue_some();
    awaitable<std::chrono::milliseconds> promote_some();
};

awaitable<void> upkeep::state::rescue_loop(shared self) {
    // Replicas that started together need not scan together.
    thread_local std::minstd_rand random{std::random_device{}()};
    std::uniform_int_distribution<std::int64_t> spread(0, self->options.rescue_every.count() / 4);
    while (!co_await self->stop_rescues->wait_for(
        self->options.rescue_every - std::chrono::milliseconds(spread(random))
    )) {
        try {
            co_await self->rescue_some();
        } catch (const std::exception& cause) {
            observe::log(
                observe::level::warn, "expired leases not looked for", {{"error", std::string(cause.what())}}
            );
        }
    }
    self->rescues_ended.set_value(true);
}

awaitable<void> upkeep::state::rescue_some() {
    const auto items = co_await target.transact(
        deadline_in(database_patience),
        [this](db::transaction& tx) -> awaitable<std::vector<lease::rescued>> {
            auto found = co_await rescue(tx, rescue_max);
            if (!found.empty() && options.on_rescue) co_await options.on_rescue(tx, found);
            co_return found;
        }
    );
    if (items.empty()) co_return;
    rescued += static_cast<std::int64_t>(items.size());
    options.on_work();
    for (const auto& each : items) {
        observe::log(
            observe::level::warn,
            "expired lease made claimable",
            {{"id", each.item.id}, {"attempt", each.item.token}, {"queue", each.item.pool}}
        );
    }
}

awaitable<void> upkeep::state::promote_loop(shared self) {
    std::chrono::milliseconds pause = promote_every;
    while (!co_await self->stop_promotions->wait_for(pause)) {
        pause = promote_every;
        try {
            pause = co_await self->promote_some();
        } catch (const std::exception& cause) {
            observe::log(
                observe::level::warn, "deferred work not looked for", {{"error", std::string(cause.what())}}
            );
        }
    }
    self->promotions_ended.set_value(true);
}

// Answers when to look again: within a second, or when what is known is due.
awaitable<std::chrono::milliseconds> upkeep::state::promote_some() {
    const auto until = deadline_in(database_patience);
    const auto due = co_await next_due(target, until);
    if (!due) co_return promote_every;
    if (*due > 0us) co_return std::min(promote_every, std::chrono::ceil<std::chrono::milliseconds>(*due));
    const auto promoted =
        co_await target.transact(until, [this](db::transaction& tx) -> awaitable<std::size_t> {
            const auto ids = co_await promote(tx, promote_max);
            if (!ids.empty() && options.on_promote) co_await options.on_promote(tx, ids);
            co_return ids.size();
        });
    if (promoted > 0) options.on_work();
    // None: another replica has them in hand.
    co_return promoted > 0 ? 1ms : 100ms;
}

upkeep::upkeep(async::runtime& runtime, db::database& target, upkeep_options options)
    : state_(std::make_shared<state>(runtime, target, std::move(options))) {}

upkeep::~upkeep() {
    if (!state_->stop_rescues) return;
    state_->stop_rescues->notify();
    state_->stop_promotions->notify();
}

void upkeep::start(unsigned shard) {
    state_->stop_rescues.emplace(state_->runtime.executor(shard));
    state_->stop_promotions.emplace(state_->runtime.executor(shard));
    state_->runtime.spawn(shard, "lease rescues", state::rescue_loop(state_));
    state_->runtime.spawn(shard, "deferred work", state::promote_loop(state_));
}

awaitable<void> upkeep::stop() {
    const auto kept = state_;
    if (!kept->stop_rescues) co_return;  // never started
    kept->stop_rescues->notify();
    kept->stop_promotions->notify();
    co_await kept->rescues_ended.get();
    co_await kept->promotions_ended.get();
}

std::int64_t upkeep::rescued_count() const {
    return state_->rescued;
}

}  // namespace esm::lease
