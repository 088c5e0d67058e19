// See sqlite_database.hpp.
#include "platform/db/sqlite_database.hpp"

#include "platform/db/sql.hpp"
#include "platform/db/sqlite_transaction.hpp"

namespace esm::db {

namespace {

constexpr std::chrono::seconds lock_transaction_patience{30};

// "sqlite:///absolute/path" or "sqlite:relative/path".
std::string path_of(std::string_view url) {
    url.remove_prefix(std::string_view("sqlite:").size());
    if (url.starts_with("//")) url.remove_prefix(2);
    if (url.empty()) throw std::invalid_argument("a sqlite: URL names a file");
    return std::string(url);
}

}  // namespace

// The process owns the file, so it holds every lock.
class sqlite_database::owner_lock : public lock {
public:
    explicit owner_lock(std::shared_ptr<sqlite_store> store) : store_(std::move(store)) {}
    bool held() const override { return true; }

protected:
    awaitable<std::unique_ptr<transaction>> begin() override {
        const auto until = deadline_in(lock_transaction_patience);
        auto turn = co_await store_->turns().take(until);
        co_return std::make_unique<sqlite_transaction>(store_, std::move(turn), until);
    }

private:
    const std::shared_ptr<sqlite_store> store_;
};

sqlite_database::sqlite_database(async::runtime&, const options& settings)
    : store_(std::make_shared<sqlite_store>(path_of(settings.url), settings.waiters_max)) {}

awaitable<std::unique_ptr<transaction>> sqlite_database::begin(deadline until) {
    auto turn = co_await store_->turns().take(until);
    co_return std::make_unique<sqlite_transaction>(store_, std::move(turn), until);
}

awaitable<rows> sqlite_database::run_alone(deadline until, const statement& what, std::vector<value> args) {
    const auto shared = std::make_shared<const std::vector<value>>(std::move(args));
    if (store_->known_read_only(what).value_or(true)) {
        if (auto found = co_await try_read(until, what, shared)) co_return std::move(*found);
    }
    co_return co_await write(until, what, shared);
}

awaitable<std::optional<rows>> sqlite_database::try_read(deadline until, statement what, arguments args) {
    const auto read_only = std::make_shared<bool>(false);
    const auto work = [what, args, read_only](sqlite_connection& on) {
        *read_only = on.is_read_only(what);
        return *read_only ? on.run(what, *args) : rows();
    };
    auto found = co_await store_->on_reader(until, work);
    store_->remember(what, *read_only);
    if (!*read_only) co_return std::nullopt;
    co_return std::move(found);
}

awaitable<rows> sqlite_database::write(deadline until, statement what, arguments args) {
    const auto store = store_;
    const auto turn = co_await store->turns().take(until);
    const auto work = [what, args](sqlite_connection& on) {
        on.rollback();  // what an abandoned transaction left
        return on.run(what, *args);
    };
    co_return co_await store->on_writer(until, work);
}

awaitable<bool> sqlite_database::is_ready(deadline until) noexcept {
    try {
        co_await run_alone(until, sql::ping, {});
        co_return true;
    } catch (const std::exception&) {
        co_return false;
    }
}

pool_stats sqlite_database::stats() const {
    if (!store_->is_open()) return {};
    return {2, store_->turns().taken() ? 1U : 2U, store_->turns().waiting()};
}

void sqlite_database::listen(std::string channel, std::function<void()> on_notify) {
    const std::lock_guard lock(mutex_);
    listeners_.emplace(std::move(channel), std::move(on_notify));
}

void sqlite_database::notify(const std::string& channel) {
    std::vector<std::function<void()>> wanted;
    {
        const std::lock_guard lock(mutex_);
        const auto [first, last] = listeners_.equal_range(channel);
        for (auto each = first; each != last; ++each) wanted.push_back(each->second);
    }
    for (const auto& each : wanted) each();
}

awaitable<std::unique_ptr<database::lock>> sqlite_database::try_lock(std::int64_t, deadline) {
    co_return std::make_unique<owner_lock>(store_);
}

}  // namespace esm::db
