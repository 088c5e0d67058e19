// See circuit_breaker.hpp.
#include "services/notifications/circuit_breaker.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

namespace esm::notifications {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

struct circuit_breaker::state {
    explicit state(circuit_breaker_options given) : options(given) {}

    bool may_admit_locked() const;
    milliseconds rests_for_locked() const;
    void close();
    milliseconds fail(bool probe);
    void abandon();
    milliseconds pause_locked() const;
    void wake_all_locked();

    const circuit_breaker_options options;
    mutable std::mutex mutex;  // guards all below
    unsigned failures{0};      // in a row; 0: closed
    bool probing{false};
    bool stopped{false};
    steady_clock::time_point open_until;
    std::vector<std::shared_ptr<async::signal>> waiting;
};

circuit_breaker::circuit_breaker(circuit_breaker_options options)
    : state_(std::make_shared<state>(options)) {}

circuit_breaker::pass::~pass() {
    if (owner_ && probe_) owner_->abandon();
}

void circuit_breaker::pass::reached() {
    std::exchange(owner_, nullptr)->close();
}

milliseconds circuit_breaker::pass::away() {
    return std::exchange(owner_, nullptr)->fail(probe_);
}

awaitable<std::optional<circuit_breaker::pass>> circuit_breaker::admit() {
    do {
        if (auto mine = try_admit()) co_return std::move(mine);
    } while (co_await wait_for_turn(state_->options.pause_max));
    co_return std::nullopt;
}

std::optional<circuit_breaker::pass> circuit_breaker::try_admit() {
    const std::lock_guard lock(state_->mutex);
    if (state_->stopped || !state_->may_admit_locked()) return std::nullopt;
    if (state_->failures == 0) return pass(state_, false);
    state_->probing = true;
    return pass(state_, true);
}

awaitable<bool> circuit_breaker::wait_for_turn(milliseconds patience_max) const {
    const auto executor = co_await asio::this_coro::executor;
    const auto of = state_;
    std::shared_ptr<async::signal> mine;
    auto patience = patience_max;
    {
        const std::lock_guard lock(of->mutex);
        if (of->stopped || of->may_admit_locked()) co_return !of->stopped;
        // While another one probes, its verdict wakes us.
        if (!of->probing) patience = std::clamp(of->rests_for_locked(), milliseconds(1), patience_max);
        mine = std::make_shared<async::signal>(executor);
        of->waiting.push_back(mine);
    }
    co_await mine->wait_for(patience);
    const std::lock_guard lock(of->mutex);
    std::erase(of->waiting, mine);
    co_return !of->stopped;
}

milliseconds circuit_breaker::rests_for() const {
    const std::lock_guard lock(state_->mutex);
    return state_->rests_for_locked();
}

bool circuit_breaker::is_open() const {
    const std::lock_guard lock(state_->mutex);
    return state_->failures > 0;
}

void circuit_breaker::stop() {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    state_->wake_all_locked();
}

bool circuit_breaker::state::may_admit_locked() const {
    return failures == 0 || (!probing && steady_clock::now() >= open_until);
}

milliseconds circuit_breaker::state::rests_for_locked() const {
    if (failures == 0) return milliseconds(0);
    return std::max(std::chrono::ceil<milliseconds>(open_until - steady_clock::now()), milliseconds(0));
}

void circuit_breaker::state::close() {
    const std::lock_guard lock(mutex);
    if (failures == 0) return;
    failures = 0;
    probing = false;
    wake_all_locked();
}

milliseconds circuit_breaker::state::fail(bool probe) {
    const std::lock_guard lock(mutex);
    // Attempts that were under way when the channel opened tell nothing new.
    if (probe || failures == 0) {
        ++failures;
        probing = false;
        open_until = steady_clock::now() + pause_locked();
        wake_all_locked();
    }
    return std::max(rests_for_locked(), milliseconds(1));
}

void circuit_breaker::state::abandon() {
    const std::lock_guard lock(mutex);
    probing = false;
    wake_all_locked();
}

milliseconds circuit_breaker::state::pause_locked() const {
    const auto doublings = std::min(failures - 1, 20U);
    return std::min(options.pause_max, options.pause_first * (1U << doublings));
}

void circuit_breaker::state::wake_all_locked() {
    for (const auto& each : waiting) each->notify();
}

}  // namespace esm::notifications
