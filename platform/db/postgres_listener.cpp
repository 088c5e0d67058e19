// See postgres_listener.hpp.
#include "platform/db/postgres_listener.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/dispatch.hpp>

namespace esm::db {

namespace {

constexpr std::chrono::milliseconds backoff_min{100};
constexpr std::chrono::milliseconds backoff_max{5000};
constexpr std::chrono::seconds exchange_patience{5};

}  // namespace

postgres_listener::postgres_listener(
    asio::any_io_executor executor,
    std::shared_ptr<async::compute_pool> helpers,
    std::shared_ptr<const postgres_settings> settings
)
    : executor_(std::move(executor)),
      helpers_(std::move(helpers)),
      settings_(std::move(settings)),
      pause_(executor_) {}

void postgres_listener::listen(std::string channel, std::function<void()> on_notify) {
    auto wanted = subscription{std::move(channel), std::move(on_notify)};
    asio::dispatch(executor_, [self = shared_from_this(), wanted = std::move(wanted)]() mutable {
        self->add(std::move(wanted));
    });
}

void postgres_listener::add(subscription wanted) {
    subscriptions_.push_back(std::move(wanted));
    if (waiting_) connection_->interrupt();
    if (running_ || closed_) return;
    running_ = true;
    // The loop owns the listener until close.
    auto loop = [](std::shared_ptr<postgres_listener> self) -> awaitable<void> { co_await self->run(); };
    asio::co_spawn(executor_, loop(shared_from_this()), asio::detached);
}

void postgres_listener::close() {
    asio::dispatch(executor_, [self = shared_from_this()] {
        self->closed_ = true;
        self->pause_.cancel();
        if (self->waiting_) self->connection_->interrupt();
    });
}

awaitable<void> postgres_listener::run() {
    auto backoff = backoff_min;
    while (!closed_) {
        try {
            connection_ =
                co_await postgres_connection::open(helpers_, settings_, deadline_in(exchange_patience));
            subscribed_ = 0;
            backoff = backoff_min;
            co_await serve();
        } catch (const std::exception& failure) {
            spdlog::warn("listening to the database: {}", failure.what());
        }
        connection_.reset();
        if (closed_) break;
        pause_.expires_after(backoff);
        boost::system::error_code cancelled;
        co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
        backoff = std::min(backoff * 2, backoff_max);
    }
    running_ = false;
}

awaitable<void> postgres_listener::serve() {
    while (!closed_) {
        co_await subscribe_new();
        for (const auto& channel : connection_->take_notifications()) {
            for (std::size_t i = 0; i < subscriptions_.size(); ++i) {
                if (subscriptions_[i].channel == channel) subscriptions_[i].on_notify();
            }
        }
        if (subscribed_ < subscriptions_.size() || closed_) continue;
        waiting_ = true;
        co_await connection_->readable();
        waiting_ = false;
    }
}

awaitable<void> postgres_listener::subscribe_new() {
    while (subscribed_ < subscriptions_.size()) {
        const auto text =
            fmt::format("LISTEN {}", connection_->quoted_identifier(subscriptions_[subscribed_].channel));
        connection_->add(statement{"listen", text, {}}, {});
        co_await connection_->exchange(deadline_in(exchange_patience));
        const auto on_notify = subscriptions_[subscribed_++].on_notify;
        on_notify();
    }
}

}  // namespace esm::db
