// The PostgreSQL connections of one shard: opened when first needed, the last used first, given straight to
// the caller that waits longest. Touched by its shard alone, but for the counters and close.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <vector>

#include "platform/db/postgres_connection.hpp"

namespace esm::db {

// Where a connection goes once its user is done with it: a pool, or the lock it carries.
class connection_owner {
public:
    virtual ~connection_owner() = default;
    // Takes the connection back in whatever state it is; one that cannot be made clean is closed.
    virtual void give_back(std::shared_ptr<postgres_connection> used) noexcept = 0;
};

// A connection in use; gives it back when it goes, also when its coroutine is dropped.
class borrowed_connection {
public:
    borrowed_connection(
        std::shared_ptr<connection_owner> owner, std::shared_ptr<postgres_connection> connection
    )
        : owner_(std::move(owner)), connection_(std::move(connection)) {}
    ~borrowed_connection() { give_back(); }
    borrowed_connection(borrowed_connection&&) = default;
    borrowed_connection& operator=(borrowed_connection&&) = delete;

    postgres_connection* operator->() const { return connection_.get(); }
    explicit operator bool() const { return connection_ != nullptr; }
    void give_back() {
        if (connection_) owner_->give_back(std::exchange(connection_, nullptr));
    }

private:
    std::shared_ptr<connection_owner> owner_;
    std::shared_ptr<postgres_connection> connection_;
};

struct pool_limits {
    std::size_t connections_max{4};
    std::size_t waiters_max{1024};
};

class postgres_pool : public connection_owner, public std::enable_shared_from_this<postgres_pool> {
public:
    postgres_pool(
        asio::any_io_executor executor,
        std::shared_ptr<async::compute_pool> helpers,
        std::shared_ptr<const postgres_settings> settings,
        pool_limits limits
    );

    // Throws unavailable when none is had by `until`, when too many wait already, or when the database is
    // away.
    awaitable<borrowed_connection> acquire(deadline until);
    void give_back(std::shared_ptr<postgres_connection> used) noexcept override;

    // Closes idle connections now and the others when they come back; wakes the waiters, who fail. Any
    // thread.
    void close();

    // Any thread.
    std::size_t open() const { return open_.load(std::memory_order_relaxed); }
    std::size_t idle() const { return idle_count_.load(std::memory_order_relaxed); }
    std::size_t waiting() const { return waiting_count_.load(std::memory_order_relaxed); }
    const asio::any_io_executor& executor() const { return executor_; }

private:
    struct waiter {
        waiter(postgres_pool& pool, deadline until);
        ~waiter();
        postgres_pool& pool;
        asio::steady_timer timer;  // ends at the deadline, or when cancelled by whoever wakes the waiter
        std::shared_ptr<postgres_connection> given;
        bool woken{false};
    };

    std::shared_ptr<postgres_connection> take_idle();
    bool may_connect() const;
    // Connections are opened beside their callers, whose deadlines may pass meanwhile.
    void start_connecting();
    static awaitable<void> connect(std::shared_ptr<postgres_pool> self);
    static awaitable<void> recover(
        std::shared_ptr<postgres_pool> self, std::shared_ptr<postgres_connection> late
    );
    void note_failure(const std::string& why);
    awaitable<std::shared_ptr<postgres_connection>> wait_turn(deadline until);
    void wake_one(std::shared_ptr<postgres_connection> with);
    void wake_all();
    void lose_place();
    void count();

    const asio::any_io_executor executor_;
    const std::shared_ptr<async::compute_pool> helpers_;
    const std::shared_ptr<const postgres_settings> settings_;
    const pool_limits limits_;

    std::vector<std::shared_ptr<postgres_connection>> idle_;
    std::deque<waiter*> waiters_;
    bool closed_{false};
    std::chrono::milliseconds backoff_{0};
    deadline next_connect_{};
    std::string last_failure_;

    std::atomic<std::size_t> open_{0}, idle_count_{0}, waiting_count_{0};
};

}  // namespace esm::db
