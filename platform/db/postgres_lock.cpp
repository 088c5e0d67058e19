// See postgres_lock.hpp.
#include "platform/db/postgres_lock.hpp"

#include <boost/asio/dispatch.hpp>

#include "platform/db/postgres_transaction.hpp"

namespace esm::db {

namespace {
constexpr std::chrono::seconds transaction_patience{30};
}

// Outlives the lock object while a transaction still has the connection.
class postgres_lock::holder : public connection_owner, public std::enable_shared_from_this<holder> {
public:
    holder(asio::any_io_executor executor, std::shared_ptr<postgres_connection> connection)
        : executor_(std::move(executor)), connection_(std::move(connection)) {}

    bool held() const { return held_.load(std::memory_order_acquire); }

    void watch() {
        connection_->watch_loss([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->held_.store(false, std::memory_order_release);
        });
    }

    borrowed_connection lend() {
        if (!held()) throw unavailable("the database lock was lost");
        if (lent_) throw std::logic_error("a database lock runs one transaction at a time");
        connection_->unwatch();
        lent_ = true;
        return {shared_from_this(), connection_};
    }

    void give_back(std::shared_ptr<postgres_connection> used) noexcept override {
        lent_ = false;
        if (held() && used->clean()) return watch();
        held_.store(false, std::memory_order_release);
        used->close();
    }

    // Any thread.
    void release() {
        held_.store(false, std::memory_order_release);
        asio::dispatch(executor_, [self = shared_from_this()] { self->connection_->close(); });
    }

private:
    const asio::any_io_executor executor_;
    const std::shared_ptr<postgres_connection> connection_;
    std::atomic<bool> held_{true};
    bool lent_{false};
};

postgres_lock::postgres_lock(asio::any_io_executor executor, std::shared_ptr<postgres_connection> connection)
    : holder_(std::make_shared<holder>(std::move(executor), std::move(connection))) {
    holder_->watch();
}

postgres_lock::~postgres_lock() {
    holder_->release();
}

bool postgres_lock::held() const {
    return holder_->held();
}

awaitable<std::unique_ptr<transaction>> postgres_lock::begin() {
    co_return std::make_unique<postgres_transaction>(holder_->lend(), deadline_in(transaction_patience));
}

}  // namespace esm::db
