// See postgres_database.hpp.
#include "platform/db/postgres_database.hpp"

#include "platform/db/parameters.hpp"
#include "platform/db/postgres_lock.hpp"
#include "platform/db/postgres_transaction.hpp"
#include "platform/db/sql.hpp"

namespace esm::db {

namespace {

constexpr unsigned helper_threads = 2;
constexpr std::size_t helper_queue_max = 256;

}  // namespace

postgres_database::postgres_database(async::runtime& runtime, const options& settings)
    : settings_(std::make_shared<const postgres_settings>(settings)),
      helpers_(std::make_shared<async::compute_pool>("database helper", helper_threads, helper_queue_max)),
      notifier_(std::make_shared<postgres_notifier>()) {
    const pool_limits limits{std::max(1U, settings.connections_a_shard), settings.waiters_max};
    for (unsigned shard = 0; shard < runtime.size(); ++shard) {
        pools_.push_back(std::make_shared<postgres_pool>(runtime.executor(shard), helpers_, settings_, limits)
        );
    }
    listener_ = std::make_shared<postgres_listener>(runtime.executor(0), helpers_, settings_);
}

postgres_database::~postgres_database() {
    listener_->close();
    for (const auto& pool : pools_) pool->close();
}

postgres_pool& postgres_database::here() const {
    const auto shard = async::runtime::current_shard();
    if (shard >= pools_.size()) throw std::logic_error("a database is used on a shard of its runtime");
    return *pools_[shard];
}

awaitable<std::unique_ptr<transaction>> postgres_database::begin(deadline until) {
    co_return std::make_unique<postgres_transaction>(co_await here().acquire(until), until);
}

awaitable<rows> postgres_database::run_alone(deadline until, const statement& what, std::vector<value> args) {
    refuse_nul(what.name, args);
    auto connection = co_await here().acquire(until);
    connection->add(what, args);
    co_return to_rows(co_await connection->exchange(until));
}

awaitable<bool> postgres_database::is_ready(deadline until) noexcept {
    try {
        co_await run_alone(until, sql::ping, {});
        co_return true;
    } catch (const std::exception&) {
        co_return false;
    }
}

pool_stats postgres_database::stats() const {
    pool_stats total;
    for (const auto& pool : pools_) {
        total.open += pool->open();
        total.idle += pool->idle();
        total.waiting += pool->waiting();
    }
    return total;
}

void postgres_database::listen(std::string channel, std::function<void()> on_notify) {
    listener_->listen(std::move(channel), std::move(on_notify));
}

void postgres_database::notify(const std::string& channel) {
    const auto shard = async::runtime::current_shard();
    notifier_->notify(channel, pools_[shard < pools_.size() ? shard : 0]);
}

awaitable<std::unique_ptr<database::lock>> postgres_database::try_lock(std::int64_t key, deadline until) {
    auto connection = co_await postgres_connection::open(helpers_, settings_, until);
    const std::vector<value> args{to_value(key)};
    connection->add(sql::try_lock, args);
    const auto answer = to_rows(co_await connection->exchange(until));
    if (!answer.front().boolean(0)) co_return nullptr;
    co_return std::make_unique<postgres_lock>(co_await asio::this_coro::executor, std::move(connection));
}

}  // namespace esm::db
