// An HTTP server of one thread on a port of its own, for tests of what calls others: it keeps what it was
// asked, answers by a function and closes each connection. Lives as long as a test.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "platform/fetch/courier.hpp"
#include "platform/testing/support.hpp"

namespace esm::notifications::testing {

struct received_request {
    std::string method, path;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
};

class loopback_server {
public:
    using answer_function = std::function<std::string(const received_request&)>;

    explicit loopback_server(answer_function answer) : answer_(std::move(answer)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_, 128);
        socklen_t length = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~loopback_server() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }
    loopback_server(const loopback_server&) = delete;
    loopback_server& operator=(const loopback_server&) = delete;

    std::string url(std::string_view path = "/") const {
        return fmt::format("http://127.0.0.1:{}{}", port_, path);
    }
    std::vector<received_request> received() const {
        const std::lock_guard lock(mutex_);
        return received_;
    }
    std::vector<received_request> received(std::string_view path) const {
        auto all = received();
        std::erase_if(all, [&](const received_request& each) { return each.path != path; });
        return all;
    }

private:
    void serve() {
        for (;;) {
            const int client = ::accept(listener_, nullptr, nullptr);
            if (client < 0) return;
            const auto request = read_request(client);
            {
                const std::lock_guard lock(mutex_);
                received_.push_back(request);
            }
            const auto text = answer_(request);
            ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
            ::close(client);
        }
    }

    static received_request read_request(int client) {
        std::string text;
        const auto fill = [&](auto enough) {
            char part[8192];
            while (!enough()) {
                const auto count = ::recv(client, part, sizeof part, 0);
                if (count <= 0) return;
                text.append(part, static_cast<std::size_t>(count));
            }
        };
        fill([&] { return text.find("\r\n\r\n") != std::string::npos; });
        const auto head_end = std::min(text.find("\r\n\r\n"), text.size());
        auto request = parse_head(text.substr(0, head_end));
        const auto length =
            request.headers.contains("content-length") ? std::stoul(request.headers.at("content-length")) : 0;
        fill([&] { return text.size() >= head_end + 4 + length; });
        if (text.size() >= head_end + 4) request.body = text.substr(head_end + 4);
        return request;
    }

    static received_request parse_head(const std::string& head) {
        received_request request;
        const auto line_end = std::min(head.find("\r\n"), head.size());
        const auto first = head.find(' ');
        const auto second = head.find(' ', first + 1);
        if (second == std::string::npos) return request;
        request.method = head.substr(0, first);
        request.path = head.substr(first + 1, second - first - 1);
        for (auto at = line_end; at < head.size();) {
            at += 2;
            const auto end = std::min(head.find("\r\n", at), head.size());
            const auto line = head.substr(at, end - at);
            const auto colon = std::min(line.find(':'), line.size());
            auto name = line.substr(0, colon);
            std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
                return static_cast<char>(std::tolower(c));
            });
            const auto value = std::min(line.find_first_not_of(' ', colon + 1), line.size());
            request.headers[name] = line.substr(value);
            at = end;
        }
        return request;
    }

    const answer_function answer_;
    int listener_{-1};
    unsigned short port_{0};
    mutable std::mutex mutex_;
    std::vector<received_request> received_;
    std::thread thread_;
};

// `headers`: whole lines with their ends.
inline std::string http_answer(
    std::string_view status, std::string_view body = {}, std::string_view headers = {}
) {
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Length: {}\r\n{}Connection: close\r\n\r\n{}",
        status,
        body.size(),
        headers,
        body
    );
}

// A courier that may go to this machine.
inline fetch::courier_options loopback_allowed() {
    fetch::courier_options options;
    options.strangers.allowed.push_back(*fetch::network::parse("127.0.0.1/32"));
    return options;
}

}  // namespace esm::notifications::testing
