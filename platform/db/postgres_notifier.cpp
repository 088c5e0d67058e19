// See postgres_notifier.hpp.
#include "platform/db/postgres_notifier.hpp"

#include <spdlog/spdlog.h>

#include "platform/db/sql.hpp"

namespace esm::db {

namespace {

constexpr std::chrono::milliseconds interval{100};
constexpr std::chrono::milliseconds patience{1000};

}  // namespace

void postgres_notifier::notify(const std::string& channel, const std::shared_ptr<postgres_pool>& pool) {
    const auto now = std::chrono::steady_clock::now();
    deadline at;
    {
        const std::lock_guard lock(mutex_);
        auto& state = channels_[channel];
        if (state.pending) return;
        state.pending = true;
        at = std::max(now, state.last + interval);
    }
    asio::co_spawn(pool->executor(), send(shared_from_this(), channel, pool, at), asio::detached);
}

awaitable<void> postgres_notifier::send(
    std::shared_ptr<postgres_notifier> self,
    std::string channel,
    std::shared_ptr<postgres_pool> pool,
    deadline at
) {
    asio::steady_timer pause(pool->executor(), at);
    co_await pause.async_wait(asio::use_awaitable);
    {
        const std::lock_guard lock(self->mutex_);
        auto& state = self->channels_[channel];
        state.pending = false;
        state.last = std::chrono::steady_clock::now();
    }
    try {
        const auto until = deadline_in(patience);
        const std::vector<value> args{to_value(channel)};
        auto connection = co_await pool->acquire(until);
        connection->add(sql::notify, args);
        co_await connection->exchange(until);
    } catch (const std::exception& failure) {
        spdlog::debug("notify {}: {}", channel, failure.what());
    }
}

}  // namespace esm::db
