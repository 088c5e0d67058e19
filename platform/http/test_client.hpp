// For tests: a server with its shards on a port the system picks, and a client that sends bytes as they are.
#pragma once

#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "platform/http/server.hpp"

namespace esm::http::testing {

struct raw_reply {
    unsigned status{0};  // 0: the connection ended without an answer
    std::string head, body;

    // The header's value; empty when it is not there.
    std::string header(std::string_view name) const {
        const auto at = head.find(fmt::format("\r\n{}: ", name));
        if (at == std::string::npos) return {};
        const auto from = at + name.size() + 4;
        return head.substr(from, head.find("\r\n", from) - from);
    }
    // A text member of the JSON body; empty when it is not there.
    std::string member(std::string_view name) const {
        const auto parsed = boost::json::parse(body);
        const auto* found = parsed.as_object().if_contains(name);
        return found ? std::string(found->as_string()) : "";
    }
    std::string code() const { return member("code"); }
};

// Blocking; nothing takes longer than 5 s.
class raw_client {
public:
    explicit raw_client(unsigned short port) : socket_(context_) {
        socket_.connect({asio::ip::make_address("127.0.0.1"), port});
        const timeval patience{5, 0};
        ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }

    void send(std::string_view bytes) {
        boost::system::error_code ignored;  // a server that has closed is seen when reading
        asio::write(socket_, asio::buffer(bytes), ignored);
    }

    raw_reply read(bool to_head = false) {
        raw_reply reply;
        while (received_.find("\r\n\r\n") == std::string::npos) {
            if (!more()) return reply;
        }
        const auto head_end = received_.find("\r\n\r\n") + 4;
        reply.head = received_.substr(0, head_end);
        received_.erase(0, head_end);
        reply.status = static_cast<unsigned>(std::stoul(reply.head.substr(9, 3)));
        const auto length = reply.header("Content-Length");
        if (length.empty() || to_head) return reply;
        while (received_.size() < std::stoul(length)) {
            if (!more()) return {};
        }
        reply.body = received_.substr(0, std::stoul(length));
        received_.erase(0, reply.body.size());
        return reply;
    }

    raw_reply ask(std::string_view bytes) {
        send(bytes);
        return read();
    }

    // What comes up to and with `mark`; less when the connection ends before.
    std::string read_until(std::string_view mark) {
        while (received_.find(mark) == std::string::npos && more()) {
        }
        const auto found = received_.find(mark);
        return take(found == std::string::npos ? received_.size() : found + mark.size());
    }

    // Ends the connection.
    void leave() { socket_.close(); }

    // True when the server ends the connection in time, false when it stays or says more.
    bool is_closed() {
        if (!received_.empty()) return false;
        return !more() && ended_;
    }

private:
    std::string take(std::size_t count) {
        auto taken = received_.substr(0, count);
        received_.erase(0, count);
        return taken;
    }

    // Plain recv: Asio's blocking read would wait on after SO_RCVTIMEO has passed.
    bool more() {
        std::array<char, 4096> part{};
        const auto count = ::recv(socket_.native_handle(), part.data(), part.size(), 0);
        ended_ = count == 0 || (count < 0 && errno == ECONNRESET);
        if (count <= 0) return false;
        received_.append(part.data(), static_cast<std::size_t>(count));
        return true;
    }

    asio::io_context context_;
    asio::ip::tcp::socket socket_;
    std::string received_;
    bool ended_{false};
};

inline std::string get(std::string_view path, std::string_view more_headers = {}) {
    return fmt::format("GET {} HTTP/1.1\r\nHost: test\r\n{}\r\n", path, more_headers);
}

inline std::string post(std::string_view path, std::string_view body, std::string_view more_headers = {}) {
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{}",
        path,
        body.size(),
        more_headers,
        body
    );
}

// Tokens of the tests: "Bearer user" has the scope things:read, "Bearer nobody" has none.
inline awaitable<result<principal>> test_tokens(std::string_view authorization) {
    principal caller;
    caller.user_id = 1000;
    if (authorization == "Bearer user") {
        caller.scopes = {"things:read"};
        co_return caller;
    }
    if (authorization == "Bearer nobody") co_return caller;
    co_return fail(authorization.empty() ? errc::unauthenticated : errc::invalid_token);
}

class test_server {
public:
    explicit test_server(std::vector<route> rows, server_options options = {}, unsigned shards = 2)
        : metrics_("test"), runtime_(shards) {
        router table;
        table.add(std::move(rows));
        options.service = "test";
        server_ = std::make_unique<server>(runtime_, options, std::move(table), test_tokens, metrics_);
        runtime_.start();
        server_->start();
    }
    ~test_server() {
        stop(std::chrono::milliseconds(100));
        server_.reset();
    }

    unsigned short port() const { return server_->port(); }
    async::runtime& runtime() { return runtime_; }
    observe::metrics& metrics() { return metrics_; }
    raw_client connect() const { return raw_client(port()); }
    raw_reply ask(std::string_view bytes) const { return connect().ask(bytes); }
    void stop(std::chrono::milliseconds patience) {
        runtime_.block_on([](server& target, deadline until) -> awaitable<bool> {
            co_await target.stop(until);
            co_return true;
        }(*server_, deadline_in(patience)));
    }

private:
    observe::metrics metrics_;
    async::runtime runtime_;
    std::unique_ptr<server> server_;
};

// A handler that answers the request back as JSON text.
inline handler echo() {
    return [](request& call) -> awaitable<result<response>> {
        return [](request& asked) -> awaitable<result<response>> {
            boost::json::object seen{{"method", asked.method}, {"path", asked.path}, {"body", asked.body}};
            for (const auto& [name, value] : asked.path_params) seen["param " + name] = value;
            for (const auto& [name, value] : asked.query) seen["query " + name] = value;
            seen["requestId"] = asked.ctx.trace.request_id;
            seen["correlationId"] = asked.ctx.trace.correlation_id;
            seen["traceparent"] = asked.ctx.trace.traceparent;
            seen["peer"] = asked.peer;
            co_return json_reply(200, seen);
        }(call);
    };
}

}  // namespace esm::http::testing
