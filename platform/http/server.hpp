// The HTTP/1.1 server: an acceptor a shard (SO_REUSEPORT), framing rules and limits of security.md, section
// Listening. Made by app/ for each service; serves until stop.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "platform/async/runtime.hpp"
#include "platform/http/router.hpp"
#include "platform/observe/metrics.hpp"

namespace esm::http {

struct server_options {
    std::string service;  // for metrics and logs
    std::string address{"127.0.0.1"};
    unsigned short port{0};
    std::size_t header_max_bytes{8 * 1024};
    std::size_t target_max_bytes{4 * 1024};
    std::size_t headers_max{100};
    std::chrono::milliseconds header_timeout{5'000}, body_timeout{10'000}, write_timeout{10'000},
        idle_timeout{30'000};
    std::chrono::milliseconds request_timeout{10'000};  // the deadline a request's context carries
    std::size_t requests_a_connection_max{10'000};
    std::size_t connections_max{4'096}, connections_a_peer_max{256};
    std::size_t in_flight_max{256}, queue_max{256};
    std::size_t streams_max{1'024};            // bodies that are streamed at once
    std::vector<std::string> trusted_proxies;  // X-Forwarded-For counts from these addresses only
};

// Verifies the Authorization header's value (may be empty): the caller, or 401.
using authenticate_function = std::function<awaitable<result<principal>>(std::string_view authorization)>;

class server {
public:
    // `routes` and `authenticate` are used from every shard.
    server(
        async::runtime& runtime,
        server_options options,
        router routes,
        authenticate_function authenticate,
        observe::metrics& metrics
    );
    ~server();

    // Binds and accepts. Throws std::system_error that names the address and port when the port is in use.
    void start();
    // Stops accepting, lets requests in flight finish until `until`, then closes.
    awaitable<void> stop(deadline until);
    unsigned short port() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace esm::http
