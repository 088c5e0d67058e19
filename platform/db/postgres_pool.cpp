// See postgres_pool.hpp.
#include "platform/db/postgres_pool.hpp"

#include <boost/asio/dispatch.hpp>

namespace esm::db {

namespace {

constexpr std::chrono::milliseconds backoff_min{50};
constexpr std::chrono::milliseconds backoff_max{1000};

}  // namespace

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
        if (open_ < limits_.connections_max && may_connect()) start_connecting();
        if (open_ == 0) throw unavailable(last_failure_);
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

void postgres_pool::start_connecting() {
    ++open_;
    asio::co_spawn(executor_, connect(shared_from_this()), asio::detached);
}

awaitable<void> postgres_pool::connect(std::shared_ptr<postgres_pool> self) {
    std::shared_ptr<postgres_connection> made;
    try {
        made = co_await postgres_connection::open(self->helpers_, self->settings_, deadline::max());
        self->backoff_ = {};
    } catch (const std::exception& failure) {
        self->note_failure(failure.what());
    }
    if (made) {
        self->give_back(std::move(made));
    } else {
        self->lose_place();
    }
}

void postgres_pool::note_failure(const std::string& why) {
    last_failure_ = why;
    // Several fail together: the pause grows once a pause.
    if (!may_connect()) return;
    backoff_ = std::clamp(backoff_ * 2, backoff_min, backoff_max);
    next_connect_ = deadline_in(backoff_);
}

awaitable<void> postgres_pool::recover(
    std::shared_ptr<postgres_pool> self, std::shared_ptr<postgres_connection> late
) {
    try {
        co_await late->catch_up();
    } catch (const std::exception&) {
        late->close();
    }
    self->give_back(std::move(late));
}

// Answers the connection given, or null when there is none to wait for.
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

void postgres_pool::wake_all() {
    while (!waiters_.empty()) wake_one(nullptr);
}

void postgres_pool::lose_place() {
    --open_;
    if (waiters_.empty()) return;
    if (may_connect() && !closed_) {
        start_connecting();
    } else if (open_ == 0) {
        wake_all();
    }
}

void postgres_pool::give_back(std::shared_ptr<postgres_connection> used) noexcept {
    if (!closed_ && used->late()) {
        asio::co_spawn(executor_, recover(shared_from_this(), std::move(used)), asio::detached);
    } else if (closed_ || !used->clean()) {
        used->close();
        lose_place();
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
        self->wake_all();
        self->count();
    });
}

void postgres_pool::count() {
    idle_count_.store(idle_.size(), std::memory_order_relaxed);
    waiting_count_.store(waiters_.size(), std::memory_order_relaxed);
}

}  // namespace esm::db
