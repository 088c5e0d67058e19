// See circuit_breaker.hpp.
#include "services/notifications/circuit_breaker.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

namespace esm::notifications {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

circuit_breaker::pass::~pass() {
    if (owner_ != nullptr && probe_) owner_->abandon();
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
    } while (co_await wait_for_turn(options_.pause_max));
    co_return std::nullopt;
}

std::optional<circuit_breaker::pass> circuit_breaker::try_admit() {
    const std::lock_guard lock(mutex_);
    if (stopped_ || !may_admit_locked()) return std::nullopt;
    if (failures_ == 0) return pass(*this, false);
    probing_ = true;
    return pass(*this, true);
}

awaitable<bool> circuit_breaker::wait_for_turn(milliseconds patience_max) {
    const auto executor = co_await asio::this_coro::executor;
    std::shared_ptr<async::signal> mine;
    auto patience = patience_max;
    {
        const std::lock_guard lock(mutex_);
        if (stopped_ || may_admit_locked()) co_return !stopped_;
        // While another one probes, its verdict wakes us.
        const auto left = std::chrono::ceil<milliseconds>(open_until_ - steady_clock::now());
        if (!probing_) patience = std::clamp(left, milliseconds(1), patience_max);
        mine = std::make_shared<async::signal>(executor);
        waiting_.push_back(mine);
    }
    co_await mine->wait_for(patience);
    const std::lock_guard lock(mutex_);
    std::erase(waiting_, mine);
    co_return !stopped_;
}

bool circuit_breaker::may_admit_locked() const {
    return failures_ == 0 || (!probing_ && steady_clock::now() >= open_until_);
}

milliseconds circuit_breaker::rests_for() const {
    const std::lock_guard lock(mutex_);
    if (failures_ == 0) return milliseconds(0);
    const auto left = std::chrono::ceil<milliseconds>(open_until_ - steady_clock::now());
    return std::max(left, milliseconds(0));
}

bool circuit_breaker::is_open() const {
    const std::lock_guard lock(mutex_);
    return failures_ > 0;
}

void circuit_breaker::stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    wake_all();
}

void circuit_breaker::close() {
    const std::lock_guard lock(mutex_);
    if (failures_ == 0) return;
    failures_ = 0;
    probing_ = false;
    wake_all();
}

milliseconds circuit_breaker::fail(bool probe) {
    const std::lock_guard lock(mutex_);
    // Attempts that were under way when the channel opened tell nothing new.
    if (probe || failures_ == 0) {
        ++failures_;
        probing_ = false;
        open_until_ = steady_clock::now() + pause();
        wake_all();
    }
    const auto left = std::chrono::ceil<milliseconds>(open_until_ - steady_clock::now());
    return std::max(left, milliseconds(1));
}

void circuit_breaker::abandon() {
    const std::lock_guard lock(mutex_);
    probing_ = false;
    wake_all();
}

milliseconds circuit_breaker::pause() const {
    const auto doublings = std::min(failures_ - 1, 20U);
    return std::min(options_.pause_max, options_.pause_first * (1U << doublings));
}

void circuit_breaker::wake_all() {
    for (const auto& each : waiting_) each->notify();
}

}  // namespace esm::notifications
