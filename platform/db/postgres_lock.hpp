// A PostgreSQL advisory lock on a connection of its own. Belongs to the shard that took it; its connection is
// watched, so that held() turns false as soon as the server's end of it is gone.
#pragma once

#include "platform/db/database.hpp"
#include "platform/db/postgres_pool.hpp"

namespace esm::db {

class postgres_lock : public database::lock {
public:
    // Takes a connection that already holds the lock.
    explicit postgres_lock(asio::any_io_executor executor, std::shared_ptr<postgres_connection> connection);
    ~postgres_lock() override;

    bool held() const override;

protected:
    // One transaction at a time; each has 30 s.
    awaitable<std::unique_ptr<transaction>> begin() override;

private:
    class holder;
    std::shared_ptr<holder> holder_;
};

}  // namespace esm::db
