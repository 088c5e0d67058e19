// Deadlines, overload, connection limits, ports in use and stopping, over real sockets.
#include <gmock/gmock.h>

#include "platform/http/service_routes.hpp"
#include "platform/http/test_client.hpp"

namespace esm::http {
namespace {

using namespace std::chrono_literals;
using testing::get;
using ::testing::HasSubstr;
using testing::post;
using testing::raw_client;
using testing::test_server;

// Answers after `delay`.
handler slow(std::chrono::milliseconds delay) {
    return [delay](request&) -> awaitable<result<response>> {
        return [](std::chrono::milliseconds wait) -> awaitable<result<response>> {
            asio::steady_timer timer(co_await asio::this_coro::executor, wait);
            co_await timer.async_wait(asio::use_awaitable);
            co_return text_reply(200, "done", "text/plain");
        }(delay);
    };
}

std::vector<route> slow_rows(std::chrono::milliseconds delay) {
    return {
        {"GET", "/slow", open_to_all, slow(delay)},
        {"POST", "/echo", open_to_all, testing::echo()},
        {"GET",
         "/large",
         open_to_all,
         [](request&) -> awaitable<result<response>> {
             return []() -> awaitable<result<response>> {
                 co_return text_reply(200, std::string(20'000'000, 'x'), "text/plain");
             }();
         }},
        {"GET", "/probe", open_to_all, testing::echo(), 1024, true},
    };
}

std::chrono::milliseconds since(deadline begun) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
}

TEST(limits, an_unfinished_head_ends_the_connection) {
    server_options options;
    options.header_timeout = 200ms;
    test_server server(slow_rows(0ms), options);
    const auto begun = std::chrono::steady_clock::now();
    auto client = server.connect();
    // Byte by byte, as slowloris does: each byte must not move the deadline.
    for (int i = 0; i < 8; ++i) {
        client.send("G");
        std::this_thread::sleep_for(50ms);
    }
    EXPECT_TRUE(client.is_closed());
    EXPECT_LT(since(begun), 2s);
    EXPECT_THAT(server.metrics().scrape(), HasSubstr("{reason=\"header_timeout\",service=\"test\"} 1\n"));
}

TEST(limits, an_unfinished_body_ends_the_connection) {
    server_options options;
    options.body_timeout = 200ms;
    test_server server(slow_rows(0ms), options);
    auto client = server.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_TRUE(client.is_closed());
    EXPECT_THAT(server.metrics().scrape(), HasSubstr("{reason=\"body_timeout\",service=\"test\"} 1\n"));
}

TEST(limits, a_client_that_does_not_read_is_ended) {
    server_options options;
    options.write_timeout = 200ms;
    test_server server(slow_rows(0ms), options);
    auto client = server.connect();
    client.send(get("/large"));
    std::this_thread::sleep_for(600ms);
    EXPECT_EQ(client.read().body, "");
    EXPECT_THAT(server.metrics().scrape(), HasSubstr("{reason=\"write_timeout\",service=\"test\"} 1\n"));
}

TEST(limits, an_idle_connection_is_ended) {
    server_options options;
    options.idle_timeout = 200ms;
    test_server server(slow_rows(0ms), options);
    auto client = server.connect();
    EXPECT_EQ(client.ask(post("/echo", "x")).status, 200U);
    EXPECT_TRUE(client.is_closed());
}

TEST(limits, a_connection_serves_a_limited_number_of_requests) {
    server_options options;
    options.requests_a_connection_max = 2;
    test_server server(slow_rows(0ms), options);
    auto client = server.connect();
    EXPECT_EQ(client.ask(post("/echo", "x")).header("Connection"), "");
    EXPECT_EQ(client.ask(post("/echo", "x")).header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
}

TEST(limits, more_connections_are_turned_away) {
    server_options options;
    options.connections_a_peer_max = 2;
    test_server server(slow_rows(0ms), options);
    auto first = std::make_unique<raw_client>(server.port());
    auto second = server.connect();
    EXPECT_EQ(first->ask(post("/echo", "x")).status, 200U);
    EXPECT_EQ(second.ask(post("/echo", "x")).status, 200U);
    auto third = server.connect();
    const auto refused = third.read();
    EXPECT_EQ(refused.status, 503U);
    EXPECT_EQ(refused.code(), "overloaded");
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_TRUE(third.is_closed());
    EXPECT_THAT(
        server.metrics().scrape(), HasSubstr("{reason=\"connections_of_peer\",service=\"test\"} 1\n")
    );
    first.reset();
    std::this_thread::sleep_for(50ms);
    EXPECT_EQ(server.ask(post("/echo", "x")).status, 200U);
}

TEST(limits, all_connections_together_are_limited) {
    server_options options;
    options.connections_max = 1;
    test_server server(slow_rows(0ms), options);
    auto first = server.connect();
    EXPECT_EQ(first.ask(post("/echo", "x")).status, 200U);
    EXPECT_EQ(server.ask(post("/echo", "x")).status, 503U);
}

TEST(limits, requests_beyond_the_queue_are_refused_at_once) {
    server_options options;
    options.in_flight_max = 2;
    options.queue_max = 2;
    test_server server(slow_rows(300ms), options, 1);
    std::vector<std::unique_ptr<raw_client>> clients;
    for (int i = 0; i < 7; ++i) clients.push_back(std::make_unique<raw_client>(server.port()));
    for (auto& each : clients) each->send(get("/slow"));
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(server.ask(get("/probe")).status, 200U) << "a probe is always admitted";
    EXPECT_LT(since(begun), 200ms);
    int served = 0;
    int refused = 0;
    for (auto& each : clients) {
        const auto reply = each->read();
        if (reply.status == 200) ++served;
        if (reply.status == 503 && reply.code() == "overloaded" && reply.header("Retry-After") == "1")
            ++refused;
    }
    EXPECT_EQ(served, 4);
    EXPECT_EQ(refused, 3);
    EXPECT_THAT(server.metrics().scrape(), HasSubstr("{reason=\"overloaded\",service=\"test\"} 3\n"));
    EXPECT_EQ(clients.front()->ask(get("/slow")).status, 200U) << "all slots are free again";
}

TEST(limits, who_waits_too_long_for_a_slot_is_refused) {
    server_options options;
    options.in_flight_max = 1;
    options.request_timeout = 150ms;
    test_server server(slow_rows(500ms), options, 1);
    auto first = server.connect();
    auto second = server.connect();
    first.send(get("/slow"));
    std::this_thread::sleep_for(20ms);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(second.ask(get("/slow")).status, 503U);
    EXPECT_LT(since(begun), 400ms);
    EXPECT_EQ(first.read().status, 200U);
}

TEST(server_port, in_use_is_named) {
    test_server first(slow_rows(0ms));
    server_options options;
    options.port = first.port();
    try {
        const test_server second(slow_rows(0ms), options);
        FAIL() << "two servers on one port";
    } catch (const std::system_error& failure) {
        EXPECT_EQ(failure.code(), std::errc::address_in_use);
        EXPECT_THAT(failure.what(), HasSubstr(fmt::format("127.0.0.1:{}", first.port())));
    }
}

TEST(server_stop, lets_requests_in_flight_finish) {
    test_server server(slow_rows(300ms));
    auto busy = server.connect();
    auto idle = server.connect();
    EXPECT_EQ(idle.ask(post("/echo", "x")).status, 200U);
    busy.send(get("/slow"));
    std::this_thread::sleep_for(50ms);
    const auto begun = std::chrono::steady_clock::now();
    server.stop(5s);
    EXPECT_GT(since(begun), 150ms);
    EXPECT_LT(since(begun), 2s);
    const auto reply = busy.read();
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_TRUE(busy.is_closed());
    EXPECT_TRUE(idle.is_closed());
    EXPECT_THROW(raw_client(server.port()), boost::system::system_error);
}

TEST(server_stop, ends_what_does_not_finish_in_time) {
    test_server server(slow_rows(60s));
    auto busy = server.connect();
    busy.send(get("/slow"));
    std::this_thread::sleep_for(50ms);
    const auto begun = std::chrono::steady_clock::now();
    server.stop(100ms);
    EXPECT_LT(since(begun), 2s);
    EXPECT_TRUE(busy.is_closed());
}

TEST(server_stop, loses_nothing_under_load) {
    std::atomic<int> lost{0};
    for (int round = 0; round < 5; ++round) {
        test_server server(slow_rows(2ms));
        std::atomic<bool> stopping{false};
        std::vector<std::thread> clients;
        for (int i = 0; i < 4; ++i) {
            clients.emplace_back([&] {
                auto client = server.connect();
                for (bool last = false; !last;) {
                    const auto reply = client.ask(get("/slow"));
                    last = reply.status != 200 || reply.header("Connection") == "close";
                    // Ended between two requests: legitimate, the client retries elsewhere. Half an answer is
                    // not.
                    if (reply.status == 200 && reply.body != "done") ++lost;
                    if (reply.status != 200 && !stopping) ++lost;
                }
            });
        }
        std::this_thread::sleep_for(50ms);
        stopping = true;
        server.stop(5s);
        for (auto& each : clients) each.join();
    }
    EXPECT_EQ(lost, 0);
}

// The routes every service has.
class service_routes_test : public ::testing::Test {
protected:
    static dependency depends(std::string name, bool required, const std::atomic<bool>& up) {
        return {std::move(name), required, [&up](deadline) -> awaitable<bool> {
                    return [](bool answer) -> awaitable<bool> { co_return answer; }(up);
                }};
    }

    std::atomic<bool> database_up_{true}, events_up_{true};
    service_info info_{
        "tasks",
        "openapi: 3.1.0\n",
        R"({"info":{"description":"</script><script>alert(1)</script>"}})",
        {depends("database", true, database_up_), depends("events", false, events_up_)}
    };
    observe::metrics metrics_{"tasks"};
    test_server server_{service_routes(info_, metrics_)};
};

TEST_F(service_routes_test, tell_health_and_readiness) {
    EXPECT_EQ(server_.ask(get("/health")).body, R"({"status":"healthy","service":"tasks"})");
    EXPECT_EQ(server_.ask(get("/livez")).body, R"({"status":"alive"})");
    EXPECT_EQ(
        server_.ask(get("/readyz")).body,
        R"({"status":"ready","dependencies":{"database":"up","events":"up"}})"
    );
    events_up_ = false;
    const auto degraded = server_.ask(get("/readyz"));
    EXPECT_EQ(degraded.status, 200U);
    EXPECT_EQ(degraded.body, R"({"status":"degraded","dependencies":{"database":"up","events":"down"}})");
    database_up_ = false;
    const auto away = server_.ask(get("/readyz"));
    EXPECT_EQ(away.status, 503U);
    EXPECT_THAT(away.body, HasSubstr(R"("status":"unavailable")"));
    EXPECT_EQ(server_.ask(get("/livez")).status, 200U);
}

TEST_F(service_routes_test, show_metrics_and_contract) {
    const auto metrics = server_.ask(get("/metrics"));
    EXPECT_EQ(metrics.header("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(metrics.body, HasSubstr("process_cpu_seconds_total{service=\"tasks\"}"));
    const auto contract = server_.ask(get("/openapi.yaml"));
    EXPECT_EQ(contract.body, "openapi: 3.1.0\n");
    EXPECT_EQ(contract.header("Content-Type"), "application/yaml");
}

TEST_F(service_routes_test, show_a_page_that_runs_nothing_foreign) {
    const auto page = server_.ask(get("/docs"));
    EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
    const auto policy = page.header("Content-Security-Policy");
    EXPECT_THAT(policy, ::testing::StartsWith("default-src 'none'; script-src 'sha256-"));
    EXPECT_THAT(policy, ::testing::Not(HasSubstr("unsafe")));
    EXPECT_THAT(page.body, HasSubstr(R"(<\/script><script>alert(1)<\/script>)"));
    EXPECT_THAT(page.body, ::testing::Not(HasSubstr("http://")));
    EXPECT_THAT(page.body, ::testing::Not(HasSubstr("https://")));
}

}  // namespace
}  // namespace esm::http
