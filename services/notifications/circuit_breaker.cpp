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
    const auto executor = co_await asio::this_coro::executor;
    for (;;) {
        std::shared_ptr<async::signal> mine;
        milliseconds patience{};
        {
            const std::lock_guard lock(mutex_);
            if (stopped_) co_return std::nullopt;
            if (failures_ == 0) co_return pass(*this, false);
            const auto left = open_until_ - steady_clock::now();
            if (!probing_ && left <= steady_clock::duration::zero()) {
                probing_ = true;
                co_return pass(*this, true);
            }
            // While another one probes, its verdict wakes us.
            patience = probing_ ? options_.pause_max : std::chrono::ceil<milliseconds>(left);
            mine = std::make_shared<async::signal>(executor);
            waiting_.push_back(mine);
        }
        co_await mine->wait_for(patience);
        const std::lock_guard lock(mutex_);
        std::erase(waiting_, mine);
    }
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
