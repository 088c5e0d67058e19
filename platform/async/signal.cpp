// See signal.hpp.
#include "platform/async/signal.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

namespace esm::async {

signal::signal(asio::any_io_executor executor) : state_(std::make_shared<state>(executor)) {}

void signal::notify() {
    if (state_->raised.exchange(true, std::memory_order_acq_rel)) return;
    asio::post(state_->timer.get_executor(), [shared = state_] { shared->timer.cancel(); });
}

awaitable<bool> signal::wait_for(std::chrono::milliseconds patience) {
    const auto shared = state_;  // the owner may go while we wait
    if (!shared->raised.load(std::memory_order_acquire)) {
        shared->timer.expires_after(patience);
        boost::system::error_code cancelled;
        co_await shared->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    }
    co_return shared->raised.exchange(false, std::memory_order_acq_rel);
}

}  // namespace esm::async
