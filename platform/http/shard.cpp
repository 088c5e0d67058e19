// See shard.hpp.
#include "platform/http/shard.hpp"

#include <spdlog/spdlog.h>

#include "platform/http/connection.hpp"

namespace esm::http {

namespace {

using boost::system::error_code;

constexpr std::chrono::milliseconds tick_every{100};    // how late a deadline may be noticed
constexpr std::chrono::milliseconds accept_pause{100};  // after an error such as too many open files
constexpr std::size_t turning_away_max = 128;           // more than these are closed without a word

std::size_t share_of(std::size_t all, unsigned shards) {
    return std::max<std::size_t>(1, (all + shards - 1) / shards);
}

}  // namespace

shard::shard(asio::any_io_executor executor, std::shared_ptr<server_shared> shared, unsigned share)
    : shared_(std::move(shared)),
      acceptor_(executor),
      ticker_(executor),
      slots_(std::make_shared<admission>(
          share_of(shared_->options.in_flight_max, share), share_of(shared_->options.queue_max, share)
      )) {}

void shard::open(asio::ip::tcp::acceptor acceptor) {
    acceptor_ = std::move(acceptor);
    acceptor_.listen(asio::socket_base::max_listen_connections);
    asio::co_spawn(
        acceptor_.get_executor(), [self = shared_from_this()] { return self->accept_all(); }, asio::detached
    );
}

awaitable<void> shard::accept_all() {
    const auto self = shared_from_this();
    while (acceptor_.is_open()) {
        error_code ec;
        auto socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, ec));
        if (!ec) {
            try {
                admit(std::move(socket));
            } catch (const std::exception& failure) {
                spdlog::error("{}: connection not admitted: {}", shared_->options.service, failure.what());
            }
            continue;
        }
        if (!acceptor_.is_open()) co_return;
        if (ec == asio::error::connection_aborted) continue;
        spdlog::warn("{}: accept: {}", shared_->options.service, ec.message());
        asio::steady_timer pause(acceptor_.get_executor(), accept_pause);
        co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
}

void shard::admit(asio::ip::tcp::socket socket) {
    error_code ec;
    const auto remote = socket.remote_endpoint(ec);
    if (ec) return;  // gone already
    auto peer = remote.address().to_string();
    constexpr std::string_view mapped_v4 = "::ffff:";
    if (peer.starts_with(mapped_v4)) peer.erase(0, mapped_v4.size());
    const auto verdict = shared_->connections.add(peer, shared_->proxies.has(std::string_view(peer)));
    const bool turned_away = verdict != connection_counts::verdict::admitted;
    if (turned_away) {
        const bool of_peer = verdict == connection_counts::verdict::too_many_of_peer;
        shared_->requests.count_rejection(of_peer ? rejection::connections_of_peer : rejection::connections);
        if (turning_away_ >= turning_away_max) return;
        ++turning_away_;
    }
    shared_->open.fetch_add(1);
    const auto client = std::make_shared<connection>(shared_from_this(), std::move(socket), peer);
    asio::co_spawn(
        acceptor_.get_executor(),
        [self = shared_from_this(), client, peer, turned_away] {
            return self->serve(client, peer, turned_away);
        },
        asio::detached
    );
}

awaitable<void> shard::serve(std::shared_ptr<connection> client, std::string peer, bool turned_away) {
    const auto place = connections_.insert(connections_.end(), client.get());
    if (!ticking_) tick();
    try {
        co_await (turned_away ? client->turn_away() : client->serve());
    } catch (const std::exception& failure) {
        spdlog::error("{}: connection: {}", shared_->options.service, failure.what());
    }
    connections_.erase(place);
    client->end();
    if (turned_away) {
        --turning_away_;
    } else {
        shared_->connections.remove(peer);
    }
    shared_->open.fetch_sub(1);
}

// Runs as long as there are connections, so that an idle server sleeps.
void shard::tick() {
    ticking_ = !connections_.empty();
    if (!ticking_) return;
    ticker_.expires_after(tick_every);
    ticker_.async_wait([self = shared_from_this()](const error_code& ec) {
        if (ec) return;
        const auto now = std::chrono::steady_clock::now();
        for (auto* each : self->connections_) each->end_if_late(now);
        self->tick();
    });
}

void shard::stop_accepting() {
    error_code ignored;
    acceptor_.close(ignored);
    for (auto* each : connections_) {
        each->end_if_idle();
        each->end_stream_soon();
    }
}

void shard::end_all() {
    for (auto* each : connections_) each->end();
}

}  // namespace esm::http
