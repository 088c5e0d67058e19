// Bodies that are made while they are written: framing, clients that leave, limits, stopping.
#include <gmock/gmock.h>

#include "platform/async/signal.hpp"
#include "platform/http/test_client.hpp"

namespace esm::http {
namespace {

using namespace std::chrono_literals;
using testing::get;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::test_server;

// Gives the parts one after the other.
class list_source final : public body_source {
public:
    list_source(std::vector<std::string> parts, std::optional<std::uint64_t> length, bool breaks = false)
        : parts_(std::move(parts)), length_(length), breaks_(breaks) {}

    awaitable<std::string> next() override {
        if (at_ < parts_.size()) co_return parts_[at_++];
        if (breaks_) throw std::runtime_error("the disk is gone");
        co_return std::string();
    }
    std::optional<std::uint64_t> length() const override { return length_; }

private:
    const std::vector<std::string> parts_;
    const std::optional<std::uint64_t> length_;
    const bool breaks_;
    std::size_t at_{0};
};

// Waits for what never comes, as a stream of events does.
class waiting_source final : public body_source {
public:
    waiting_source(const asio::any_io_executor& executor, std::atomic<int>& open)
        : ended_(executor), open_(open) {
        ++open_;
    }
    ~waiting_source() override { --open_; }

    awaitable<std::string> next() override {
        if (!std::exchange(begun_, true)) co_return "hello\n";
        co_await ended_.wait_for(1h);
        co_return std::string();
    }
    void end_soon() override { ended_.notify(); }

private:
    async::signal ended_;
    std::atomic<int>& open_;
    bool begun_{false};
};

// Answers "late" in place of a stream once it was told to, or at once.
class late_source final : public body_source {
public:
    late_source(const asio::any_io_executor& executor, bool at_once) : told_(executor), at_once_(at_once) {}

    awaitable<std::shared_ptr<const response>> instead() override {
        if (!at_once_) co_await told_.wait_for(1h);
        co_return std::make_shared<response>(text_reply(409, "late", "text/plain"));
    }
    awaitable<std::string> next() override { co_return std::string("never"); }
    void end_soon() override { told_.notify(); }

private:
    async::signal told_;
    const bool at_once_;
};

handler late(bool at_once) {
    return [at_once](request&) -> awaitable<result<response>> {
        return [](bool now) -> awaitable<result<response>> {
            response reply;
            reply.source = std::make_shared<late_source>(co_await asio::this_coro::executor, now);
            co_return reply;
        }(at_once);
    };
}

handler streaming(std::vector<std::string> parts, std::optional<std::uint64_t> length, bool breaks = false) {
    return [=](request&) -> awaitable<result<response>> {
        return [](std::shared_ptr<body_source> source) -> awaitable<result<response>> {
            response reply;
            reply.content_type = "text/plain";
            reply.source = std::move(source);
            co_return reply;
        }(std::make_shared<list_source>(parts, length, breaks));
    };
}

handler waiting(std::atomic<int>& open) {
    return [&open](request&) -> awaitable<result<response>> {
        return [](std::atomic<int>& counted) -> awaitable<result<response>> {
            response reply;
            reply.source = std::make_shared<waiting_source>(co_await asio::this_coro::executor, counted);
            co_return reply;
        }(open);
    };
}

bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 300 && !holds(); ++i) std::this_thread::sleep_for(10ms);
    return holds();
}

class stream_test : public ::testing::Test {
protected:
    std::vector<route> rows() {
        return {
            {"GET", "/chunks", open_to_all, streaming({"one ", std::string(20, 'x'), "!"}, std::nullopt)},
            {"GET", "/nothing", open_to_all, streaming({}, std::nullopt)},
            {"GET", "/known", open_to_all, streaming({"abc", "def"}, 6)},
            {"GET", "/short", open_to_all, streaming({"abc"}, 6)},
            {"GET", "/long", open_to_all, streaming({"abc", "defg"}, 6)},
            {"GET", "/broken", open_to_all, streaming({"abc"}, std::nullopt, true)},
            {"GET", "/large", open_to_all, streaming({64, std::string(1'000'000, 'x')}, 64'000'000)},
            {"GET", "/waits", open_to_all, waiting(open_)},
            {"GET", "/late", open_to_all, late(false)},
            {"GET", "/soon", open_to_all, late(true)},
            {"GET", "/plain", open_to_all, testing::echo()},
        };
    }

    std::atomic<int> open_{0};
};

TEST_F(stream_test, goes_out_in_chunks_when_its_length_is_unknown) {
    test_server server(rows());
    auto client = server.connect();
    client.send(get("/chunks"));
    const auto head = client.read();
    EXPECT_EQ(head.status, 200U);
    EXPECT_EQ(head.header("Transfer-Encoding"), "chunked");
    EXPECT_EQ(head.header("Content-Length"), "");
    EXPECT_EQ(
        client.read_until("0\r\n\r\n"), "4\r\none \r\n14\r\nxxxxxxxxxxxxxxxxxxxx\r\n1\r\n!\r\n0\r\n\r\n"
    );
    client.send(get("/nothing"));
    client.read();
    EXPECT_EQ(client.read_until("0\r\n\r\n"), "0\r\n\r\n");
    EXPECT_EQ(client.ask(get("/plain")).status, 200U) << "the connection stays usable";
}

TEST_F(stream_test, goes_out_as_it_is_when_its_length_is_known) {
    test_server server(rows());
    auto client = server.connect();
    const auto reply = client.ask(get("/known"));
    EXPECT_EQ(reply.header("Content-Length"), "6");
    EXPECT_EQ(reply.header("Transfer-Encoding"), "");
    EXPECT_EQ(reply.body, "abcdef");
    EXPECT_EQ(client.ask(get("/large")).body.size(), 64'000'000U);
    client.send("HEAD /known HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(client.read(true).header("Content-Length"), "6");
    EXPECT_EQ(client.ask(get("/plain")).status, 200U);
}

TEST_F(stream_test, ends_with_the_connection_for_http_1_0) {
    test_server server(rows());
    auto client = server.connect();
    client.send("GET /chunks HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const auto head = client.read();
    EXPECT_EQ(head.header("Connection"), "close");
    EXPECT_EQ(head.header("Transfer-Encoding"), "");
    EXPECT_EQ(client.read_until("never"), "one xxxxxxxxxxxxxxxxxxxx!");
}

TEST_F(stream_test, that_fails_is_broken_off) {
    test_server server(rows());
    for (const auto* path : {"/short", "/long", "/broken"}) {
        auto client = server.connect();
        client.send(get(path));
        EXPECT_THAT(client.read_until("never"), Not(HasSubstr("\r\n0\r\n\r\n"))) << path;
    }
    EXPECT_EQ(server.ask(get("/plain")).status, 200U);
}

TEST_F(stream_test, serves_requests_that_came_early) {
    test_server server(rows());
    auto client = server.connect();
    client.send(get("/chunks") + get("/chunks") + get("/plain"));
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(client.read().status, 200U);
        EXPECT_THAT(client.read_until("0\r\n\r\n"), HasSubstr("one"));
    }
    EXPECT_EQ(client.read().member("path"), "/plain");
}

TEST_F(stream_test, is_given_up_when_the_client_leaves) {
    server_options options;
    options.request_timeout = options.body_timeout = options.idle_timeout = 100ms;
    test_server server(rows(), options);
    auto client = server.connect();
    client.send(get("/waits"));
    EXPECT_THAT(client.read_until("hello\n\r\n"), HasSubstr("hello"));
    std::this_thread::sleep_for(500ms);
    EXPECT_EQ(open_, 1) << "no timeout of requests cuts a stream";
    EXPECT_THAT(server.metrics().scrape(), HasSubstr("http_streams{service=\"test\"} 1\n"));
    EXPECT_THAT(server.metrics().scrape(), HasSubstr("http_requests_in_flight{service=\"test\"} 0\n"));
    client.leave();
    EXPECT_TRUE(eventually([&] { return open_ == 0; }));
}

TEST_F(stream_test, ends_whole_when_the_server_stops) {
    test_server server(rows());
    auto client = server.connect();
    client.send(get("/waits"));
    client.read_until("hello\n\r\n");
    const auto begun = std::chrono::steady_clock::now();
    server.stop(5s);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
    EXPECT_EQ(client.read_until("never"), "0\r\n\r\n");
    EXPECT_EQ(open_, 0);
}

TEST_F(stream_test, may_become_another_answer_after_a_wait) {
    test_server server(rows());
    auto client = server.connect();
    for (int i = 0; i < 2; ++i) {
        const auto reply = client.ask(get("/soon"));
        EXPECT_EQ(reply.status, 409U);
        EXPECT_EQ(reply.body, "late");
    }
    EXPECT_EQ(client.ask(get("/plain")).status, 200U) << "the connection stays usable";
    auto leaving = server.connect();
    leaving.send(get("/late"));
    EXPECT_TRUE(eventually([&] {
        return server.metrics().scrape().find("http_streams{service=\"test\"} 1\n") != std::string::npos;
    }));
    leaving.leave();
    EXPECT_TRUE(eventually([&] {
        return server.metrics().scrape().find("http_streams{service=\"test\"} 0\n") != std::string::npos;
    })) << "a client that leaves ends its wait";
    client.send(get("/late"));
    std::this_thread::sleep_for(100ms);
    const auto begun = std::chrono::steady_clock::now();
    server.stop(5s);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
    const auto reply = client.read();
    EXPECT_EQ(reply.status, 409U) << "a server that stops ends the wait with an answer";
    EXPECT_EQ(reply.header("Connection"), "close");
}

TEST_F(stream_test, is_refused_beyond_the_limit) {
    server_options options;
    options.streams_max = 2;
    test_server server(rows(), options);
    auto first = server.connect();
    auto second = server.connect();
    for (auto* each : {&first, &second}) {
        each->send(get("/waits"));
        each->read_until("hello\n\r\n");
    }
    const auto refused = server.ask(get("/waits"));
    EXPECT_EQ(refused.status, 503U);
    EXPECT_EQ(refused.code(), "overloaded");
    EXPECT_THAT(server.metrics().scrape(), HasSubstr("{reason=\"streams\",service=\"test\"} 1\n"));
    EXPECT_EQ(server.ask(get("/plain")).status, 200U);
    first.leave();
    EXPECT_TRUE(eventually([&] { return open_ == 1; }));
    EXPECT_EQ(server.ask(get("/known")).body, "abcdef");
}

TEST_F(stream_test, to_a_client_that_does_not_read_is_ended) {
    server_options options;
    options.write_timeout = 200ms;
    test_server server(rows(), options);
    auto client = server.connect();
    client.send(get("/large"));
    EXPECT_TRUE(eventually([&] {
        return server.metrics().scrape().find("{reason=\"write_timeout\",service=\"test\"} 1\n") !=
               std::string::npos;
    }));
}

}  // namespace
}  // namespace esm::http
