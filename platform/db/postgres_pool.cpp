// See postgres_pool.hpp.
#include "platform/db/postgres_pool.hpp"

#include <boost/asio/dispatch.hpp>

namespace esm::db {

namespace {

constexpr std::chrono::milliseconds backoff_min{50};
constexpr std::chrono::milliseconds backoff_max{1000};

}  // namespace

// A connection's place in the pool while it is being opened: free again unless it was kept.
class postgres_pool::place {
public:
    explicit place(postgres_pool& pool) : pool_(&pool) { ++pool_->open_; }
    ~place() {
        if (pool_ != nullptr) pool_->free_place();
    }
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    void keep() { pool_ = nullptr; }

private:
    postgres_pool* pool_;
};

postgres_pool::waiter::waiter(postgres_pool& in, deadline until) : pool(in), timer(in.executor_, until) {
    pool.waiters_.push_back(this);
    pool.count();
}

// Also when its coroutine is dropped while it waits.
postgres_pool::waiter::~waiter() {
    if (woken) return;
    std::erase(pool.waiters_, this);
    pool.count();
}

postgres_pool::postgres_pool(
    asio::any_io_executor executor,
    std::shared_ptr<async::compute_pool> helpers,
    std::shared_ptr<const postgres_settings> settings,
    pool_limits limits
)
    : executor_(std::move(executor)),
      helpers_(std::move(helpers)),
      settings_(std::move(settings)),
      limits_(limits) {}

awaitable<borrowed_connection> postgres_pool::acquire(deadline until) {
    const auto self = shared_from_this();  // the database may go while we wait
    for (;;) {
        if (closed_) throw unavailable("the database is being closed");
        if (auto ready = take_idle()) co_return borrowed_connection(self, std::move(ready));
        if (open_ < limits_.connections_max && may_connect()) {
            co_return borrowed_connection(self, co_await connect(until));
        }
        if (open_ == 0) {
            wake_one(nullptr);  // it fails like us, at once
            throw unavailable(last_failure_);
        }
        if (auto given = co_await wait_turn(until)) {
            co_return borrowed_connection(self, std::move(given));
        }
    }
}

std::shared_ptr<postgres_connection> postgres_pool::take_idle() {
    while (!idle_.empty()) {
        auto last = std::move(idle_.back());
        idle_.pop_back();
        count();
        if (last->alive_when_idle()) return last;
        --open_;
    }
    return nullptr;
}

bool postgres_pool::may_connect() const {
    return backoff_.count() == 0 || std::chrono::steady_clock::now() >= next_connect_;
}

awaitable<std::shared_ptr<postgres_connection>> postgres_pool::connect(deadline until) {
    if (std::chrono::steady_clock::now() >= until) throw unavailable("the deadline has passed");
    place mine(*this);
    try {
        auto made = co_await postgres_connection::open(helpers_, settings_, until);
        backoff_ = {};
        mine.keep();
        co_return made;
    } catch (const unavailable& failure) {
        last_failure_ = failure.what();
        // A hurried caller says nothing about the server. Many fail together: the pause grows once a pause.
        if (std::chrono::steady_clock::now() < until && may_connect()) {
            backoff_ = std::clamp(backoff_ * 2, backoff_min, backoff_max);
            next_connect_ = deadline_in(backoff_);
        }
        throw;
    }
}

// Answers the connection given, or null when a place for a new one may have become free.
awaitable<std::shared_ptr<postgres_connection>> postgres_pool::wait_turn(deadline until) {
    if (waiters_.size() >= limits_.waiters_max) throw unavailable("too many wait for a database connection");
    waiter mine(*this, until);
    boost::system::error_code cancelled;
    co_await mine.timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
    if (mine.given) co_return std::move(mine.given);
    if (mine.woken) co_return nullptr;
    throw unavailable("the deadline passed while waiting for a database connection");
}

void postgres_pool::wake_one(std::shared_ptr<postgres_connection> with) {
    if (waiters_.empty()) return;
    waiter* next = waiters_.front();
    waiters_.pop_front();
    next->given = std::move(with);
    next->woken = true;
    next->timer.cancel();
    count();
}

void postgres_pool::free_place() {
    --open_;
    wake_one(nullptr);
}

void postgres_pool::give_back(std::shared_ptr<postgres_connection> used) noexcept {
    if (closed_ || !used->clean()) {
        used->close();
        free_place();
    } else if (!waiters_.empty()) {
        wake_one(std::move(used));
    } else {
        idle_.push_back(std::move(used));
        count();
    }
}

void postgres_pool::close() {
    asio::dispatch(executor_, [self = shared_from_this()] {
        self->closed_ = true;
        self->open_ -= self->idle_.size();
        self->idle_.clear();
        while (!self->waiters_.empty()) self->wake_one(nullptr);
        self->count();
    });
}

void postgres_pool::count() {
    idle_count_.store(idle_.size(), std::memory_order_relaxed);
    waiting_count_.store(waiters_.size(), std::memory_order_relaxed);
}

}  // namespace esm::db
