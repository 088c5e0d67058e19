// Sends NOTIFY at most once a channel and 100 ms: a NOTIFY takes a lock that every commit of the cluster
// waits for.
#pragma once

#include <mutex>
#include <unordered_map>

#include "platform/db/postgres_pool.hpp"

namespace esm::db {

class postgres_notifier : public std::enable_shared_from_this<postgres_notifier> {
public:
    // Any thread. Goes through a connection of `pool`; failures are ignored, since listeners poll besides.
    void notify(const std::string& channel, const std::shared_ptr<postgres_pool>& pool);

private:
    struct channel_state {
        bool pending{false};
        deadline last{};
    };

    static awaitable<void> send(
        std::shared_ptr<postgres_notifier> self,
        std::string channel,
        std::shared_ptr<postgres_pool> pool,
        deadline at
    );

    std::mutex mutex_;
    std::unordered_map<std::string, channel_state> channels_;
};

}  // namespace esm::db
