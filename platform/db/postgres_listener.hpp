// Listens to NOTIFY for a whole process: one connection a database on one shard, re-established with backoff.
#pragma once

#include "platform/db/postgres_connection.hpp"

namespace esm::db {

class postgres_listener : public std::enable_shared_from_this<postgres_listener> {
public:
    postgres_listener(
        asio::any_io_executor executor,
        std::shared_ptr<async::compute_pool> helpers,
        std::shared_ptr<const postgres_settings> settings
    );

    // Any thread. `on_notify` is called on the listener's shard: at each notification, and at each
    // (re)connect, since some may have been missed.
    void listen(std::string channel, std::function<void()> on_notify);
    // Any thread. Ends the loop.
    void close();

private:
    struct subscription {
        std::string channel;
        std::function<void()> on_notify;
    };

    awaitable<void> run();
    awaitable<void> serve();
    awaitable<void> subscribe_new();
    void add(subscription wanted);

    const asio::any_io_executor executor_;
    const std::shared_ptr<async::compute_pool> helpers_;
    const std::shared_ptr<const postgres_settings> settings_;
    asio::steady_timer pause_;
    std::vector<subscription> subscriptions_;
    std::size_t subscribed_{0};  // how many of them the present connection listens to
    std::shared_ptr<postgres_connection> connection_;
    bool waiting_{false};
    bool running_{false};
    bool closed_{false};
};

}  // namespace esm::db
