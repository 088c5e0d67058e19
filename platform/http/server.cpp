// See server.hpp.
#include "platform/http/server.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "platform/http/shard.hpp"

namespace esm::http {

namespace {

using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds stop_poll{5};
constexpr std::chrono::milliseconds last_words{500};  // for coroutines whose sockets were closed under them

void set_reuse_port(tcp::acceptor& acceptor) {
    const int on = 1;
    if (::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
        throw std::system_error(errno, std::system_category(), "SO_REUSEPORT");
    }
}

[[noreturn]] void throw_unusable(const server_options& options, unsigned short port, const error_code& ec) {
    throw std::system_error(
        ec.value(),
        std::system_category(),
        fmt::format("{}: cannot listen on {}:{}", options.service, options.address, port)
    );
}

}  // namespace

struct server::state {
    state(async::runtime& given_runtime, std::shared_ptr<server_shared> given)
        : runtime(given_runtime), shared(std::move(given)) {}

    async::runtime& runtime;
    const std::shared_ptr<server_shared> shared;
    std::vector<std::shared_ptr<shard>> shards;
    unsigned short port{0};

    void on_each_shard(void (shard::*action)()) {
        for (unsigned i = 0; i < shards.size(); ++i) {
            asio::post(runtime.executor(i), [each = shards[i], action] { ((*each).*action)(); });
        }
    }
};

server::server(
    async::runtime& runtime,
    server_options options,
    router routes,
    authenticate_function authenticate,
    observe::metrics& metrics
)
    : state_(std::make_shared<state>(
          runtime,
          std::make_shared<server_shared>(
              std::move(options), std::move(routes), std::move(authenticate), metrics
          )
      )) {
    const auto& shared = state_->shared;
    for (unsigned i = 0; i < runtime.size(); ++i) {
        state_->shards.push_back(std::make_shared<shard>(runtime.executor(i), shared, runtime.size()));
    }
    metrics.make_gauge("http_connections", "Open client connections.", {}, [shared] {
        return static_cast<double>(shared->connections.all());
    });
    std::vector<std::shared_ptr<const admission>> slots;
    for (const auto& each : state_->shards) slots.push_back(each->shared_slots());
    const auto sum = [slots](std::size_t admission::stats::* part) {
        std::size_t total = 0;
        for (const auto& each : slots) total += each->read_stats().*part;
        return static_cast<double>(total);
    };
    metrics.make_gauge("http_requests_in_flight", "Requests whose handler runs.", {}, [sum] {
        return sum(&admission::stats::in_flight);
    });
    metrics.make_gauge("http_streams", "Bodies that are being streamed.", {}, [shared] {
        return static_cast<double>(shared->streams.load());
    });
    metrics.make_gauge("http_requests_queued", "Requests that wait for a slot.", {}, [sum] {
        return sum(&admission::stats::queued);
    });
}

server::~server() {
    state_->on_each_shard(&shard::stop_accepting);
}

void server::start() {
    const auto& options = state_->shared->options;
    error_code ec;
    const auto address = asio::ip::make_address(options.address, ec);
    if (ec) throw_unusable(options, options.port, ec);
    state_->port = options.port;
    std::vector<tcp::acceptor> acceptors;
    for (unsigned i = 0; i < state_->shards.size(); ++i) {
        auto& acceptor = acceptors.emplace_back(state_->runtime.executor(i));
        const tcp::endpoint endpoint(address, state_->port);
        acceptor.open(endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        // The first one binds without SO_REUSEPORT: so the port of another server, ours or foreign, is
        // refused.
        if (i > 0) set_reuse_port(acceptor);
        acceptor.bind(endpoint, ec);
        if (ec) throw_unusable(options, state_->port, ec);
        if (i == 0) set_reuse_port(acceptor);
        state_->port = acceptor.local_endpoint().port();
    }
    try {
        for (unsigned i = 0; i < acceptors.size(); ++i) state_->shards[i]->open(std::move(acceptors[i]));
    } catch (const boost::system::system_error& failure) {
        throw_unusable(options, state_->port, failure.code());
    }
}

unsigned short server::port() const {
    return state_->port;
}

awaitable<void> server::stop(deadline until) {
    const auto kept = state_;
    kept->shared->stopping = true;
    kept->on_each_shard(&shard::stop_accepting);
    asio::steady_timer pause(co_await asio::this_coro::executor);
    const auto all_ended = [&kept] { return kept->shared->open.load() == 0; };
    const auto wait_until = [&pause, &all_ended](deadline last) -> awaitable<void> {
        while (!all_ended() && std::chrono::steady_clock::now() < last) {
            pause.expires_after(stop_poll);
            co_await pause.async_wait(asio::use_awaitable);
        }
    };
    co_await wait_until(until);
    if (all_ended()) co_return;
    kept->on_each_shard(&shard::end_all);
    co_await wait_until(deadline_in(last_words));
}

}  // namespace esm::http
