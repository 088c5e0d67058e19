// What only S3 does: signatures, refusals, servers that fail for a while.
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "platform/files/s3_client.hpp"
#include "platform/files/store_fixture.hpp"

namespace esm::files {
namespace {

using ::testing::HasSubstr;

// Answers each connection with the next text and closes it; the last text is said for ever.
class scripted_server {
public:
    explicit scripted_server(std::vector<std::string> answers) : answers_(std::move(answers)) {
        listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        ::listen(listener_, 16);
        socklen_t length = sizeof address;
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~scripted_server() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
    std::size_t asked() const { return asked_; }

private:
    void serve() {
        for (;;) {
            const int client = ::accept(listener_, nullptr, nullptr);
            if (client < 0) return;
            char ignored[8192];
            [[maybe_unused]] const auto count = ::recv(client, ignored, sizeof ignored, 0);
            const auto& answer = answers_[std::min<std::size_t>(asked_++, answers_.size() - 1)];
            ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
            ::close(client);
        }
    }

    const std::vector<std::string> answers_;
    int listener_{-1};
    unsigned short port_{0};
    std::atomic<std::size_t> asked_{0};
    std::thread thread_;
};

s3_client client_of(const scripted_server& server) {
    s3_options options;
    options.endpoint = server.url();
    options.bucket = "bucket";
    options.access_key = options.secret_key = "key";
    return s3_client(options);
}

std::string answer(std::string_view status, std::string_view body = {}) {
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status, body.size(), body
    );
}

TEST(s3, is_asked_again_while_that_may_help) {
    const scripted_server server(
        {answer("503 Slow Down"), "", answer("500 Oops"), answer("200 OK", "content")}
    );
    auto client = client_of(server);
    EXPECT_EQ(client.ask({.key = "k"}).body, "content");
    EXPECT_EQ(server.asked(), 4U);
}

TEST(s3, is_given_up_at_last) {
    const scripted_server server({answer("503 Slow Down", "<Error><Code>SlowDown</Code></Error>")});
    auto client = client_of(server);
    try {
        client.ask({.key = "k"});
        FAIL() << "it never answers";
    } catch (const store_failure& failure) {
        EXPECT_EQ(failure.code(), errc::unavailable);
        EXPECT_THAT(failure.what(), HasSubstr("503 SlowDown"));
    }
    EXPECT_EQ(server.asked(), 5U);
}

TEST(s3, is_not_asked_again_when_it_refuses) {
    const scripted_server server({answer("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>")});
    auto client = client_of(server);
    EXPECT_THROW(client.ask({.key = "k"}), store_failure);
    EXPECT_EQ(server.asked(), 1U);
    const scripted_server moved({answer("301 Moved Permanently")});
    auto other = client_of(moved);
    EXPECT_THROW(other.ask({.key = "k"}), store_failure);
}

TEST(s3, checks_who_signs) {
    auto options = test_s3();
    options.secret_key += "x";
    EXPECT_THROW(open_s3(options)->check(), store_failure);
    open_s3(test_s3())->check();
}

TEST(s3, knows_its_bucket) {
    auto options = test_s3();
    options.bucket = "nothing-here";
    EXPECT_THROW(open_s3(options)->check(), store_failure);
}

TEST(s3, needs_whole_options) {
    const auto refused = [](auto change) {
        auto options = test_s3();
        change(options);
        EXPECT_THROW(open_s3(options), std::invalid_argument);
    };
    refused([](s3_options& given) { given.endpoint = "s3.example.com"; });
    refused([](s3_options& given) { given.endpoint += "/path"; });
    refused([](s3_options& given) { given.bucket.clear(); });
    refused([](s3_options& given) { given.secret_key.clear(); });
}

}  // namespace
}  // namespace esm::files
