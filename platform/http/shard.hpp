// The part of a server that lives on one shard: its acceptor, its connections, their deadlines and slots.
// Everything here runs on that shard's thread, but for the constructor and open().
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>

#include "platform/http/admission.hpp"
#include "platform/http/front.hpp"
#include "platform/http/peers.hpp"

namespace esm::http {

class connection;

// What the shards of one server share; immutable or counted.
struct server_shared {
    server_shared(
        server_options given, router routes, authenticate_function authenticate, observe::metrics& metrics
    )
        : options(std::move(given)),
          requests(options, std::move(routes), std::move(authenticate), metrics),
          proxies(options.trusted_proxies),
          connections(options.connections_max, options.connections_a_peer_max) {}

    const server_options options;
    const front requests;
    const trusted_proxies proxies;
    connection_counts connections;
    std::atomic<std::size_t> open{0};     // connections that still have a coroutine, also those turned away
    std::atomic<std::size_t> streams{0};  // bodies that are being streamed
    std::atomic<bool> stopping{false};
};

class shard : public std::enable_shared_from_this<shard> {
public:
    // `share` is how many shards divide the server's slots among themselves.
    shard(asio::any_io_executor executor, std::shared_ptr<server_shared> shared, unsigned share);

    // Takes a bound, not yet listening acceptor; listens and accepts.
    void open(asio::ip::tcp::acceptor acceptor);
    // Stops accepting and ends connections that wait for a request.
    void stop_accepting();
    // Ends all connections at once.
    void end_all();

    server_shared& shared() { return *shared_; }
    admission& slots() { return *slots_; }
    // For metrics, which may outlive the shard's event loop and so must not hold the shard itself.
    std::shared_ptr<const admission> shared_slots() const { return slots_; }

private:
    awaitable<void> accept_all();
    void admit(asio::ip::tcp::socket socket);
    awaitable<void> serve(std::shared_ptr<connection> client, std::string peer, bool turned_away);
    void tick();

    const std::shared_ptr<server_shared> shared_;
    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer ticker_;
    bool ticking_{false};
    const std::shared_ptr<admission> slots_;
    std::size_t turning_away_{0};
    std::list<connection*> connections_;
};

}  // namespace esm::http
