// The server over real sockets: what goes over the wire, what a handler sees, how failures look.
#include "platform/http/server.hpp"

#include <gmock/gmock.h>

#include "platform/db/failure.hpp"
#include "platform/http/test_client.hpp"

namespace esm::http {
namespace {

using testing::get;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::post;
using testing::test_server;

template <class Failure>
handler throwing(std::string message) {
    return [message](request&) -> awaitable<result<response>> {
        return [](std::string text) -> awaitable<result<response>> {
            throw Failure(text);
            co_return response{};
        }(message);
    };
}

handler answering(response reply) {
    return [reply](request&) -> awaitable<result<response>> {
        return [](response copy) -> awaitable<result<response>> { co_return copy; }(reply);
    };
}

std::vector<route> rows() {
    response cached = text_reply(200, "cached", "text/plain");
    cached.headers.emplace_back("Cache-Control", "max-age=300");
    response empty;
    empty.status = 204;
    return {
        {"GET", "/things", open_to_all, testing::echo()},
        {"POST", "/things", open_to_all, testing::echo()},
        {"GET", "/things/{id}", open_to_all, testing::echo()},
        {"POST", "/small", open_to_all, testing::echo(), 10},
        {"GET", "/secret", "things:read", testing::echo()},
        {"GET", "/anybody", any_caller, testing::echo()},
        {"GET", "/cached", open_to_all, answering(cached)},
        {"GET", "/empty", open_to_all, answering(empty)},
        {"GET", "/large", open_to_all, answering(text_reply(200, std::string(3'000'000, 'x'), "text/plain"))},
        {"GET", "/breaks", open_to_all, throwing<std::runtime_error>("secret internals")},
        {"GET", "/away", open_to_all, throwing<db::unavailable>("no database")},
        {"GET", "/full", open_to_all, throwing<db::storage_full>("no disk")},
    };
}

class server_test : public ::testing::Test {
protected:
    test_server server_{rows()};
};

TEST_F(server_test, gives_the_handler_the_request) {
    const auto reply = server_.ask(post("/things?a=1&b=%C3%BC", R"({"x":1})"));
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.member("method"), "POST");
    EXPECT_EQ(reply.member("path"), "/things");
    EXPECT_EQ(reply.member("query b"), "ü");
    EXPECT_EQ(reply.member("body"), R"({"x":1})");
    EXPECT_EQ(reply.member("peer"), "127.0.0.1");
    EXPECT_EQ(reply.member("correlationId"), reply.member("requestId"));
    EXPECT_EQ(reply.member("requestId"), reply.header("X-Request-Id"));
    EXPECT_EQ(server_.ask(get("/things/7%20x")).member("param id"), "7 x");
}

TEST_F(server_test, carries_the_callers_ids) {
    const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto reply = server_.ask(get("/things", "X-Request-Id: abc-1\r\ntraceparent: " + trace + "\r\n"));
    EXPECT_EQ(reply.header("X-Request-Id"), "abc-1");
    EXPECT_EQ(reply.member("traceparent"), trace);
    const auto bad = server_.ask(get("/things", "X-Request-Id: a b\r\ntraceparent: x\r\n"));
    EXPECT_EQ(bad.header("X-Request-Id").size(), 32U);
    EXPECT_EQ(bad.member("traceparent"), "");
}

TEST_F(server_test, sets_safe_headers) {
    const auto reply = server_.ask(get("/things"));
    EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(reply.header("Cache-Control"), "no-store");
    EXPECT_THAT(reply.header("Date"), ::testing::EndsWith(" GMT"));
    EXPECT_THAT(reply.head, Not(HasSubstr("Server:")));
    EXPECT_EQ(server_.ask(get("/cached")).header("Cache-Control"), "max-age=300");
}

TEST_F(server_test, serves_many_requests_on_one_connection) {
    auto client = server_.connect();
    for (int i = 0; i < 50; ++i) EXPECT_EQ(client.ask(post("/things", std::to_string(i))).status, 200U);
}

TEST_F(server_test, answers_pipelined_requests_in_order) {
    auto client = server_.connect();
    std::string all;
    for (int i = 0; i < 20; ++i) all += post("/things", std::to_string(i));
    client.send(all);
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(client.read().member("body"), std::to_string(i));
    }
}

TEST_F(server_test, takes_a_request_in_pieces) {
    auto client = server_.connect();
    for (const char c : post("/things", "hello")) client.send(std::string_view(&c, 1));
    EXPECT_EQ(client.read().member("body"), "hello");
}

TEST_F(server_test, takes_a_body_of_64_kib_and_chunks) {
    const std::string body(64 * 1024, 'b');
    EXPECT_EQ(server_.ask(post("/things", body)).member("body").size(), body.size());
    const auto chunked = fmt::format(
        "POST /things HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\n8000\r\n{0}\r\n8000\r\n{0}\r\n0\r\n\r\n",
        std::string(0x8000, 'c')
    );
    EXPECT_EQ(server_.ask(chunked).member("body").size(), 0x10000U);
}

TEST_F(server_test, refuses_larger_bodies_and_closes) {
    auto client = server_.connect();
    const auto reply = client.ask(post("/small", "12345678901"));
    EXPECT_EQ(reply.status, 413U);
    EXPECT_EQ(reply.code(), "payload_too_large");
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
    EXPECT_EQ(server_.ask(post("/small", "1234567890")).status, 200U);
    EXPECT_EQ(server_.ask(post("/things", std::string(64 * 1024 + 1, 'x'))).status, 413U);
    EXPECT_EQ(server_.ask(post("/nowhere", std::string(64 * 1024 + 1, 'x'))).status, 413U);
    const std::string chunk = "POST /small HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    EXPECT_EQ(server_.ask(chunk + "b\r\n12345678901\r\n0\r\n\r\n").status, 413U);
}

TEST_F(server_test, says_continue_to_who_waits_for_it) {
    auto client = server_.connect();
    client.send("POST /things HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client.read(true).status, 100U);
    EXPECT_EQ(client.ask("ab").member("body"), "ab");
    const auto refused =
        server_.ask("POST /small HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
    EXPECT_EQ(refused.status, 413U);
    const auto lost =
        server_.ask("POST /nowhere HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n"
        );
    EXPECT_EQ(lost.status, 404U);
    EXPECT_EQ(lost.header("Connection"), "close");
}

TEST_F(server_test, answers_head_without_a_body) {
    auto client = server_.connect();
    client.send("HEAD /cached HTTP/1.1\r\nHost: h\r\n\r\n" + get("/cached"));
    const auto head = client.read(true);
    EXPECT_EQ(head.status, 200U);
    EXPECT_EQ(head.header("Content-Length"), "6");
    EXPECT_EQ(client.read().body, "cached");
}

TEST_F(server_test, answers_204_without_a_length) {
    auto client = server_.connect();
    client.send(get("/empty") + get("/cached"));
    const auto empty = client.read();
    EXPECT_EQ(empty.status, 204U);
    EXPECT_EQ(empty.header("Content-Length"), "");
    EXPECT_EQ(client.read().body, "cached");
}

TEST_F(server_test, writes_large_answers_whole) {
    auto client = server_.connect();
    for (int i = 0; i < 2; ++i) EXPECT_EQ(client.ask(get("/large")).body.size(), 3'000'000U);
}

TEST_F(server_test, says_what_a_path_allows) {
    const auto missing = server_.ask(get("/nowhere"));
    EXPECT_EQ(missing.status, 404U);
    EXPECT_EQ(missing.header("Content-Type"), "application/problem+json");
    EXPECT_EQ(missing.code(), "not_found");
    const auto wrong = server_.ask("DELETE /things HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(wrong.status, 405U);
    EXPECT_EQ(wrong.header("Allow"), "GET, HEAD, POST, OPTIONS");
    const auto options = server_.ask("OPTIONS /things HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(options.status, 204U);
    EXPECT_EQ(options.header("Allow"), "GET, HEAD, POST, OPTIONS");
    EXPECT_THAT(server_.ask("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n").header("Allow"), HasSubstr("PATCH"));
    EXPECT_EQ(server_.ask("BREW /things HTTP/1.1\r\nHost: h\r\n\r\n").status, 405U);
}

TEST_F(server_test, asks_for_tokens_and_scopes) {
    const auto none = server_.ask(get("/secret"));
    EXPECT_EQ(none.status, 401U);
    EXPECT_EQ(none.header("WWW-Authenticate"), "Bearer");
    const auto bad = server_.ask(get("/secret", "Authorization: Bearer made-up\r\n"));
    EXPECT_EQ(bad.status, 401U);
    EXPECT_EQ(bad.code(), "invalid_token");
    EXPECT_EQ(bad.header("WWW-Authenticate"), R"(Bearer error="invalid_token")");
    EXPECT_EQ(server_.ask(get("/secret", "Authorization: Bearer nobody\r\n")).code(), "forbidden");
    EXPECT_EQ(server_.ask(get("/secret", "Authorization: Bearer user\r\n")).status, 200U);
    EXPECT_EQ(server_.ask(get("/anybody", "Authorization: Bearer nobody\r\n")).status, 200U);
    EXPECT_EQ(server_.ask(get("/anybody")).status, 401U);
}

TEST_F(server_test, turns_exceptions_into_problems_without_their_texts) {
    const auto broken = server_.ask(get("/breaks"));
    EXPECT_EQ(broken.status, 500U);
    EXPECT_EQ(broken.code(), "internal");
    EXPECT_THAT(broken.body, Not(HasSubstr("secret internals")));
    EXPECT_THAT(broken.body, HasSubstr(broken.header("X-Request-Id")));
    const auto away = server_.ask(get("/away"));
    EXPECT_EQ(away.status, 503U);
    EXPECT_EQ(away.header("Retry-After"), "1");
    EXPECT_EQ(server_.ask(get("/full")).status, 507U);
    auto client = server_.connect();
    EXPECT_EQ(client.ask(get("/breaks")).status, 500U);
    EXPECT_EQ(client.ask(get("/cached")).status, 200U) << "the connection stays usable";
}

TEST_F(server_test, closes_after_broken_framing) {
    for (const char* text :
         {"GET / HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
          "nonsense\r\n\r\n",
          "POST /things HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          "POST /things HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
          "POST /things HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: trailer\r\n\r\n"}) {
        auto client = server_.connect();
        const auto reply = client.ask(text);
        EXPECT_EQ(reply.status, 400U) << text;
        EXPECT_EQ(reply.code(), "malformed_request");
        EXPECT_EQ(reply.header("Connection"), "close");
        EXPECT_EQ(reply.header("X-Request-Id").size(), 32U);
        EXPECT_TRUE(client.is_closed());
    }
}

TEST_F(server_test, does_not_serve_what_follows_broken_framing) {
    auto client = server_.connect();
    const auto reply = client.ask(
        "POST /things HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: "
        "chunked\r\n\r\n0\r\n\r\n" +
        get("/cached")
    );
    EXPECT_EQ(reply.status, 400U);
    EXPECT_TRUE(client.is_closed());
}

TEST_F(server_test, limits_target_and_headers) {
    const auto long_target = server_.ask(get("/" + std::string(5000, 'a')));
    EXPECT_EQ(long_target.status, 414U);
    EXPECT_EQ(long_target.code(), "uri_too_long");
    const auto large = server_.ask(get("/things", "X: " + std::string(9000, 'a') + "\r\n"));
    EXPECT_EQ(large.status, 431U);
    EXPECT_EQ(large.code(), "headers_too_large");
    std::string many;
    for (int i = 0; i < 120; ++i) many += fmt::format("X{}: 1\r\n", i);
    EXPECT_EQ(server_.ask(get("/things", many)).status, 431U);
    EXPECT_EQ(server_.ask("GET / HTTP/1.1\r\nX: " + std::string(100'000, 'a')).status, 431U);
}

TEST_F(server_test, honours_http_1_0) {
    auto once = server_.connect();
    EXPECT_EQ(once.ask("GET /cached HTTP/1.0\r\n\r\n").header("Connection"), "close");
    EXPECT_TRUE(once.is_closed());
    auto kept = server_.connect();
    const std::string asked = "GET /cached HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    EXPECT_EQ(kept.ask(asked).header("Connection"), "keep-alive");
    EXPECT_EQ(kept.ask(asked).status, 200U);
}

TEST_F(server_test, ends_when_asked_to) {
    auto client = server_.connect();
    const auto reply = client.ask(get("/cached", "Connection: close\r\n"));
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed());
}

TEST_F(server_test, survives_clients_that_go_away) {
    for (int i = 0; i < 20; ++i) {
        auto client = server_.connect();
        client.send(
            i % 2 == 0 ? "GET /large HTTP/1.1\r\nHost: h\r\n\r\n" : "POST /things HTTP/1.1\r\nHost: h\r\nCont"
        );
    }
    EXPECT_EQ(server_.ask(get("/cached")).status, 200U);
}

TEST_F(server_test, counts_requests_by_route_and_class) {
    server_.ask(get("/things/1"));
    server_.ask(get("/nowhere"));
    server_.ask("nonsense\r\n\r\n");
    const auto text = server_.metrics().scrape();
    EXPECT_THAT(
        text,
        HasSubstr(
            "http_request_duration_seconds_count{method=\"GET\",route=\"/things/{id}\",service=\"test\","
            "status=\"2xx\"} 1\n"
        )
    );
    EXPECT_THAT(
        text, HasSubstr("_count{method=\"none\",route=\"none\",service=\"test\",status=\"4xx\"} 2\n")
    );
    EXPECT_THAT(text, HasSubstr("http_requests_rejected_total{reason=\"malformed\",service=\"test\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("http_connections{service=\"test\"} "));
}

}  // namespace
}  // namespace esm::http
