// The SQLite driver's database: the embedded store of one process. Transactions of all shards take turns on
// the writer; single statements that only read go to the reader beside them.
#pragma once

#include <mutex>

#include "platform/db/database.hpp"
#include "platform/db/sqlite_store.hpp"

namespace esm::db {

class sqlite_database : public database {
public:
    sqlite_database(async::runtime& runtime, const options& settings);
    ~sqlite_database() override { store_->turns().close(); }

    dialect kind() const override { return dialect::sqlite; }
    awaitable<bool> is_ready(deadline until) noexcept override;
    pool_stats stats() const override;
    void listen(std::string channel, std::function<void()> on_notify) override;
    void notify(const std::string& channel) override;
    awaitable<std::unique_ptr<lock>> try_lock(std::int64_t key, deadline until) override;

protected:
    awaitable<std::unique_ptr<transaction>> begin(deadline until) override;
    awaitable<rows> run_alone(deadline until, const statement& what, std::vector<value> args) override;

private:
    class owner_lock;
    using arguments = std::shared_ptr<const std::vector<value>>;

    // Null when the statement turned out to write.
    awaitable<std::optional<rows>> try_read(deadline until, statement what, arguments args);
    awaitable<rows> write(deadline until, statement what, arguments args);

    const std::shared_ptr<sqlite_store> store_;
    std::mutex mutex_;
    std::unordered_multimap<std::string, std::function<void()>> listeners_;
};

}  // namespace esm::db
