// The PostgreSQL driver's database: a pool a shard, one listener, and two helper threads for what libpq does
// blocking.
#pragma once

#include "platform/db/database.hpp"
#include "platform/db/postgres_listener.hpp"
#include "platform/db/postgres_notifier.hpp"
#include "platform/db/postgres_pool.hpp"

namespace esm::db {

class postgres_database : public database {
public:
    postgres_database(async::runtime& runtime, const options& settings);
    ~postgres_database() override;

    dialect kind() const override { return dialect::postgres; }
    awaitable<bool> is_ready(deadline until) noexcept override;
    pool_stats stats() const override;
    void listen(std::string channel, std::function<void()> on_notify) override;
    void notify(const std::string& channel) override;
    awaitable<std::unique_ptr<lock>> try_lock(std::int64_t key, deadline until) override;

protected:
    awaitable<std::unique_ptr<transaction>> begin(deadline until) override;
    awaitable<rows> run_alone(deadline until, const statement& what, std::vector<value> args) override;

private:
    postgres_pool& here() const;

    const std::shared_ptr<const postgres_settings> settings_;
    const std::shared_ptr<async::compute_pool> helpers_;
    std::vector<std::shared_ptr<postgres_pool>> pools_;  // a shard; transactions keep theirs alive
    std::shared_ptr<postgres_listener> listener_;
    std::shared_ptr<postgres_notifier> notifier_;
};

}  // namespace esm::db
