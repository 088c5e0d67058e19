// See admission.hpp.
#include "platform/http/admission.hpp"

namespace esm::http {

bool admission::try_enter() {
    if (in_flight_.load(relaxed) >= in_flight_max_ || !waiters_.empty()) return false;
    in_flight_.fetch_add(1, relaxed);
    return true;
}

awaitable<bool> admission::wait_to_enter(deadline until) {
    if (waiters_.size() >= queue_max_) co_return false;
    waiter self{asio::steady_timer(co_await asio::this_coro::executor, until)};
    const auto place = waiters_.insert(waiters_.end(), &self);
    queued_.store(waiters_.size(), relaxed);
    boost::system::error_code cancelled;
    co_await self.timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (!self.admitted) waiters_.erase(place);
    queued_.store(waiters_.size(), relaxed);
    co_return self.admitted;
}

void admission::leave() {
    if (waiters_.empty()) {
        in_flight_.fetch_sub(1, relaxed);
        return;
    }
    // The slot passes on as it is, so that nobody slips in between.
    auto* next = waiters_.front();
    waiters_.pop_front();
    queued_.store(waiters_.size(), relaxed);
    next->admitted = true;
    next->timer.cancel();
}

}  // namespace esm::http
