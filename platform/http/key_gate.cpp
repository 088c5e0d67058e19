// See key_gate.hpp.
#include "platform/http/key_gate.hpp"

namespace esm::http {

awaitable<key_gate::pass> key_gate::enter(std::string key, deadline until) {
    const auto executor = co_await asio::this_coro::executor;
    const auto self = std::make_shared<waiter>(executor, until);
    {
        const std::lock_guard lock(mutex_);
        const auto [place, is_free] = held_.try_emplace(key);
        if (is_free) co_return pass(*this, std::move(key));
        place->second.push_back(self);
    }
    // A hand-over is posted to this executor, so it cannot come between here and the wait.
    boost::system::error_code cancelled;
    co_await self->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    const std::lock_guard lock(mutex_);
    if (self->admitted) co_return pass(*this, std::move(key));
    std::erase_if(held_[key], [&self](const auto& other) { return other.lock() == self; });
    co_return pass();
}

void key_gate::leave(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto place = held_.find(key);
    while (!place->second.empty()) {
        const auto next = place->second.front().lock();
        place->second.pop_front();
        if (!next) continue;
        next->admitted = true;
        asio::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
        return;
    }
    held_.erase(place);
}

}  // namespace esm::http
