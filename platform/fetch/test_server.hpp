// For tests: an HTTP/1.1 server on a loopback port the system picks, a thread a connection, that says what
// the test wants and counts. Lives as long as the test; with a certificate of its own it speaks TLS.
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace esm::fetch::testing {

// Answers as HTTP has them; "Connection: close" or no length ends the connection.
inline std::string answer(std::string_view status, std::string_view body, std::string_view headers = {}) {
    return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

class test_server {
public:
    // Of a whole request as it came; nothing closes the connection without an answer. Many threads.
    using answer_function = std::function<std::string(const std::string& asked)>;

    explicit test_server(answer_function answer, SSL_CTX* tls = nullptr)
        : answer_(std::move(answer)), tls_(tls) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_, 256);
        socklen_t length = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        accepting_ = std::thread([this] { accept_all(); });
    }
    ~test_server() {
        ::shutdown(listener_, SHUT_RDWR);
        accepting_.join();
        close_connections();
        for (auto& each : serving_) each.join();
        for (const int each : sockets_) ::close(each);
        ::close(listener_);
    }
    test_server(const test_server&) = delete;
    test_server& operator=(const test_server&) = delete;

    std::string url(std::string_view path = "/") const {
        return fmt::format("{}://127.0.0.1:{}{}", tls_ ? "https" : "http", port_, path);
    }
    unsigned short port() const { return port_; }
    int asked() const { return asked_; }
    int connections() const { return connections_; }
    int most_open() const { return most_open_; }  // connections at once
    void close_connections() {
        const std::lock_guard lock(mutex_);
        for (const int each : sockets_) ::shutdown(each, SHUT_RDWR);
    }

private:
    struct ssl_deleter {
        void operator()(SSL* tls) const { SSL_free(tls); }
    };
    struct stream {
        int socket;
        std::unique_ptr<SSL, ssl_deleter> tls{};

        long read(char* into, int size) const {
            return tls ? SSL_read(tls.get(), into, size)
                       : ::recv(socket, into, static_cast<std::size_t>(size), 0);
        }
        void write(const std::string& text) const {
            if (tls) {
                SSL_write(tls.get(), text.data(), static_cast<int>(text.size()));
            } else {
                ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
            }
        }
    };

    void accept_all() {
        for (;;) {
            const int client = ::accept(listener_, nullptr, nullptr);
            if (client < 0) return;
            ++connections_;
            const std::lock_guard lock(mutex_);
            sockets_.push_back(client);
            serving_.emplace_back([this, client] { serve(client); });
        }
    }

    void serve(int client) {
        const int open = ++open_;
        for (int most = most_open_; open > most && !most_open_.compare_exchange_weak(most, open);) {
        }
        stream with{client};
        if (tls_) {
            with.tls.reset(SSL_new(tls_));
            SSL_set_fd(with.tls.get(), client);
        }
        std::string received;
        if (!tls_ || SSL_accept(with.tls.get()) == 1) {
            while (serve_one(with, received)) {
            }
        }
        --open_;
        ::shutdown(client, SHUT_RDWR);
    }

    bool serve_one(const stream& with, std::string& received) {
        if (!read_up_to(with, received, [&] { return received.find("\r\n\r\n") != std::string::npos; }))
            return false;
        auto size = received.find("\r\n\r\n") + 4;
        const auto length = received.find("Content-Length: ");
        if (length < size) size += std::stoul(received.substr(length + 16));
        if (!read_up_to(with, received, [&] { return received.size() >= size; })) return false;
        const auto asked = received.substr(0, size);
        received.erase(0, size);
        ++asked_;
        const auto text = answer_(asked);
        with.write(text);
        const auto head = text.substr(0, text.find("\r\n\r\n"));
        const bool framed = head.find("Content-Length: ") != std::string::npos ||
                            head.find("Transfer-Encoding: ") != std::string::npos;
        return framed && head.find("Connection: close") == std::string::npos;
    }

    template <class Condition>
    static bool read_up_to(const stream& with, std::string& received, Condition there) {
        while (!there()) {
            char part[4096];
            const auto count = with.read(part, sizeof part);
            if (count <= 0) return false;
            received.append(part, static_cast<std::size_t>(count));
        }
        return true;
    }

    const answer_function answer_;
    SSL_CTX* const tls_;
    int listener_{-1};
    unsigned short port_{0};
    std::atomic<int> asked_{0}, connections_{0}, open_{0}, most_open_{0};
    std::mutex mutex_;
    std::vector<int> sockets_;
    std::vector<std::thread> serving_;
    std::thread accepting_;
};

}  // namespace esm::fetch::testing
