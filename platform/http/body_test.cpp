// Bodies that a handler reads while they arrive: framing, limits, clients that are slow or leave.
#include <gmock/gmock.h>

#include "platform/http/test_client.hpp"

namespace esm::http {
namespace {

using namespace std::chrono_literals;
using testing::get;
using ::testing::HasSubstr;
using testing::test_server;

class body_test : public ::testing::Test {
protected:
    // Answers how many bytes came, and in how many parts.
    handler taking() {
        return [this](request& call) { return take(call); };
    }
    awaitable<result<response>> take(request& call) {
        std::size_t bytes = 0;
        for (;;) {
            auto part = co_await call.arriving->read();
            if (!part) {
                failure_ = part.error().code;
                ++failed_;
                co_return part.error();
            }
            if (part->empty()) break;
            EXPECT_LE(part->size(), 80U * 1024);
            bytes += part->size();
        }
        const auto announced = call.arriving->length();
        co_return text_reply(200, fmt::format("{} of {}", bytes, announced.value_or(0)), "text/plain");
    }

    static handler refusing() {
        return [](request&) -> awaitable<result<response>> {
            return []() -> awaitable<result<response>> { co_return fail(errc::conflict, "not now"); }();
        };
    }

    std::vector<route> rows() {
        std::vector<route> made{
            {"POST", "/take", open_to_all, taking(), 10'000'000},
            {"POST", "/small", open_to_all, taking(), 10},
            {"POST", "/refuse", open_to_all, refusing(), 10'000'000},
            {"POST", "/secret", "things:read", taking(), 10'000'000},
            {"GET", "/plain", open_to_all, testing::echo()},
        };
        for (auto& each : made) each.streams_body = each.method == "POST";
        return made;
    }

    static std::string head(std::string_view path, std::string_view framing) {
        return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\n{}\r\n", path, framing);
    }
    static std::string whole(std::string_view path, std::string_view body) {
        return head(path, fmt::format("Content-Length: {}\r\n", body.size())) + std::string(body);
    }
    static bool eventually(const std::function<bool()>& holds) {
        for (int i = 0; i < 300 && !holds(); ++i) std::this_thread::sleep_for(10ms);
        return holds();
    }

    std::atomic<int> failed_{0};
    std::atomic<errc> failure_{errc::internal};
};

TEST_F(body_test, arrives_in_parts_and_keeps_the_connection) {
    test_server server(rows());
    auto client = server.connect();
    EXPECT_EQ(client.ask(whole("/take", std::string(9'000'000, 'x'))).body, "9000000 of 9000000");
    EXPECT_EQ(client.ask(whole("/take", "")).body, "0 of 0");
    const auto chunk = fmt::format("{:x}\r\n{}\r\n", 100'000, std::string(100'000, 'y'));
    EXPECT_EQ(
        client.ask(head("/take", "Transfer-Encoding: chunked\r\n") + chunk + chunk + "0\r\n\r\n").body,
        "200000 of 0"
    );
    client.send(whole("/take", "abc") + whole("/take", "defg") + get("/plain"));
    EXPECT_EQ(client.read().body, "3 of 3");
    EXPECT_EQ(client.read().body, "4 of 4");
    EXPECT_EQ(client.read().member("path"), "/plain");
}

TEST_F(body_test, has_the_limit_of_its_route) {
    test_server server(rows());
    EXPECT_EQ(server.ask(whole("/small", "1234567890")).status, 200U);
    auto client = server.connect();
    const auto refused = client.ask(whole("/small", "12345678901"));
    EXPECT_EQ(refused.status, 413U);
    EXPECT_EQ(refused.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
    const auto framing = head("/small", "Transfer-Encoding: chunked\r\n");
    EXPECT_EQ(server.ask(framing + "b\r\n12345678901\r\n0\r\n\r\n").status, 413U);
    EXPECT_THAT(server.metrics().scrape(), HasSubstr("{reason=\"payload_too_large\",service=\"test\"} 2\n"));
}

TEST_F(body_test, follows_the_framing_rules) {
    test_server server(rows());
    for (const auto* bad :
         {"zz\r\nabc\r\n0\r\n\r\n", "3\r\nabc\r\n0\r\nX: trailer\r\n\r\n", "3\r\nabcdef\r\n"}) {
        auto client = server.connect();
        const auto reply = client.ask(head("/take", "Transfer-Encoding: chunked\r\n") + bad);
        EXPECT_EQ(reply.status, 400U) << bad;
        EXPECT_EQ(reply.header("Connection"), "close");
        EXPECT_TRUE(client.is_closed());
    }
    EXPECT_EQ(
        server.ask(head("/take", "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n").status,
        400U
    );
}

TEST_F(body_test, is_not_asked_for_before_somebody_wants_it) {
    test_server server(rows());
    auto client = server.connect();
    client.send(head("/take", "Expect: 100-continue\r\nContent-Length: 2\r\n"));
    EXPECT_EQ(client.read(true).status, 100U);
    EXPECT_EQ(client.ask("ab").body, "2 of 2");
    for (const auto& [path, status] : {std::pair("/refuse", 409U), std::pair("/secret", 401U)}) {
        auto other = server.connect();
        const auto reply = other.ask(head(path, "Expect: 100-continue\r\nContent-Length: 2\r\n"));
        EXPECT_EQ(reply.status, status);
        EXPECT_EQ(reply.header("Connection"), "close");
        EXPECT_TRUE(other.is_closed());
    }
    EXPECT_EQ(server.ask(whole("/refuse", "unread")).status, 409U);
}

TEST_F(body_test, of_a_silent_client_ends) {
    server_options options;
    options.body_timeout = 200ms;
    test_server server(rows(), options);
    auto silent = server.connect();
    silent.send(head("/take", "Content-Length: 10\r\n") + "abc");
    EXPECT_TRUE(eventually([&] { return failed_ == 1; }));
    EXPECT_EQ(failure_, errc::malformed_request);
    auto dripping = server.connect();
    dripping.send(head("/take", "Content-Length: 100000\r\n"));
    for (int i = 0; i < 30 && failed_ < 2; ++i) {
        dripping.send("x");
        std::this_thread::sleep_for(30ms);
    }
    EXPECT_EQ(failed_, 2) << "single bytes are no progress";
    EXPECT_THAT(server.metrics().scrape(), HasSubstr("{reason=\"body_timeout\",service=\"test\"} 2\n"));
    auto steady = server.connect();
    steady.send(head("/take", "Content-Length: 80000\r\n"));
    for (int i = 0; i < 10; ++i) {
        steady.send(std::string(8'000, 'x'));
        std::this_thread::sleep_for(60ms);
    }
    EXPECT_EQ(steady.read().body, "80000 of 80000") << "a slow one may take longer than the timeout";
}

TEST_F(body_test, of_a_client_that_leaves_ends) {
    test_server server(rows());
    auto client = server.connect();
    client.send(head("/take", "Content-Length: 1000000\r\n") + std::string(500'000, 'x'));
    client.leave();
    EXPECT_TRUE(eventually([&] { return failed_ == 1; }));
    EXPECT_EQ(server.ask(get("/plain")).status, 200U);
}

TEST_F(body_test, counts_as_a_stream_and_not_as_a_request) {
    server_options options;
    options.in_flight_max = options.queue_max = 1;
    options.streams_max = 2;
    test_server server(rows(), options, 1);
    auto first = server.connect();
    auto second = server.connect();
    for (auto* each : {&first, &second}) each->send(head("/take", "Content-Length: 4\r\n") + "ab");
    EXPECT_TRUE(eventually([&] {
        return server.metrics().scrape().find("http_streams{service=\"test\"} 2\n") != std::string::npos;
    }));
    EXPECT_EQ(server.ask(get("/plain")).status, 200U);
    const auto refused = server.ask(whole("/take", "abcd"));
    EXPECT_EQ(refused.status, 503U);
    EXPECT_EQ(refused.code(), "overloaded");
    EXPECT_EQ(first.ask("cd").body, "4 of 4");
    EXPECT_EQ(second.ask("cd").body, "4 of 4");
}

}  // namespace
}  // namespace esm::http
