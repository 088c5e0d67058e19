// The framing policy, byte for byte: what is read, and what is refused with which error.
#include "platform/http/request_reader.hpp"

#include <gmock/gmock.h>

namespace esm::http {
namespace {

// Feeds the bytes in parts of `step` and answers the errors's name, "more" for an unfinished request, or
// "done".
std::string outcome_of(std::string_view bytes, std::size_t step, request& into, std::size_t body_max = 1024) {
    request_reader reader({});
    reader.begin(into);
    std::string unused;
    bool limited = false;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        unused += bytes.substr(at, step);
        for (;;) {
            if (reader.head_done() && !limited) {
                limited = true;
                if (auto fits = reader.limit_body(body_max); !fits)
                    return std::string(info(fits.error().code).name);
            }
            const auto used = reader.head_done() ? reader.read_body(unused) : reader.read_head(unused);
            if (!used) return std::string(info(used.error().code).name);
            unused.erase(0, *used);
            if (*used == 0) break;
        }
        if (reader.done()) return "done";
    }
    return reader.done() ? "done" : "more";
}

// However the bytes are cut, the outcome must be the same.
std::string outcome_of(std::string_view bytes, std::size_t body_max = 1024) {
    request whole;
    request cut;
    const auto at_once = outcome_of(bytes, bytes.size(), whole, body_max);
    EXPECT_EQ(outcome_of(bytes, 1, cut, body_max), at_once) << bytes;
    if (at_once == "done") {
        EXPECT_EQ(whole.body, cut.body);
        EXPECT_EQ(whole.headers, cut.headers);
    }
    return at_once;
}

std::string with_headers(std::string_view headers, std::string_view rest = {}) {
    return fmt::format("POST /a HTTP/1.1\r\nHost: h\r\n{}\r\n{}", headers, rest);
}

TEST(request_reader, reads_the_parts_of_a_request) {
    request seen;
    const auto text =
        "PUT /a%20b/c?x=1&y=%C3%BC+z&flag HTTP/1.1\r\nHost: example.org:80\r\nX-One:  two \r\n"
        "Content-Length: 3\r\n\r\nabc";
    EXPECT_EQ(outcome_of(text, 1000, seen), "done");
    EXPECT_EQ(seen.method, "PUT");
    EXPECT_EQ(seen.path, "/a b/c");
    EXPECT_EQ(seen.target, "/a%20b/c?x=1&y=%C3%BC+z&flag");
    EXPECT_EQ(seen.query_param("x"), "1");
    EXPECT_EQ(seen.query_param("y"), "ü z");
    EXPECT_EQ(seen.query_param("flag"), "");
    EXPECT_EQ(seen.query_param("none"), std::nullopt);
    EXPECT_EQ(seen.header("x-one"), "two");
    EXPECT_EQ(seen.body, "abc");
}

TEST(request_reader, reads_chunked_bodies) {
    request seen;
    const auto text =
        with_headers("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n6;name=value\r\n world\r\n0\r\n\r\n");
    EXPECT_EQ(outcome_of(text, 1000, seen), "done");
    EXPECT_EQ(seen.body, "hello world");
    EXPECT_EQ(outcome_of(text), "done");
}

TEST(request_reader, takes_what_rfc9112_allows) {
    EXPECT_EQ(outcome_of("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"), "done");
    EXPECT_EQ(outcome_of("GET http://h/a?b HTTP/1.1\r\nHost: h\r\n\r\n"), "done");
    EXPECT_EQ(outcome_of("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n"), "done");
    EXPECT_EQ(outcome_of("GET / HTTP/1.0\r\n\r\n"), "done");
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\r\nHost:\r\n\r\n"), "done");
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), "done");
    EXPECT_EQ(outcome_of(with_headers("Content-Length: 0\r\n")), "done");
    EXPECT_EQ(outcome_of(with_headers("Transfer-Encoding: Chunked\r\n", "0\r\n\r\n")), "done");
}

TEST(request_reader, needs_more) {
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\r\nHost: h\r\n"), "more");
    EXPECT_EQ(outcome_of(with_headers("Content-Length: 3\r\n", "ab")), "more");
    EXPECT_EQ(outcome_of(with_headers("Transfer-Encoding: chunked\r\n", "3\r\nab")), "more");
    EXPECT_EQ(outcome_of(with_headers("Transfer-Encoding: chunked\r\n", "0\r\n\r")), "more");
}

TEST(request_reader, refuses_ambiguous_lengths) {
    for (const char* headers :
         {"Content-Length: 3\r\nContent-Length: 3\r\n",
          "Content-Length: 3\r\nContent-Length: 4\r\n",
          "Content-Length: 3, 3\r\n",
          "Content-Length: +3\r\n",
          "Content-Length: -3\r\n",
          "Content-Length: 3x\r\n",
          "Content-Length: 0x3\r\n",
          "Content-Length:\r\n",
          "Content-Length: 99999999999999999999\r\n",
          "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
          "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
          "Transfer-Encoding: gzip, chunked\r\n",
          "Transfer-Encoding: chunked, chunked\r\n",
          "Transfer-Encoding: chunked, identity\r\n",
          "Transfer-Encoding: identity\r\n",
          "Transfer-Encoding: xchunked\r\n",
          "Transfer-Encoding:\r\n",
          "Transfer-Encoding: \x0b"
          "chunked\r\n",
          "Transfer-Encoding : chunked\r\n",
          "Transfer-Encoding\r\n",
          " Transfer-Encoding: chunked\r\n",
          "X: 1\r\n Transfer-Encoding: chunked\r\n",
          "X: 1\r\n\tfolded\r\n",
          "X: a\rb\r\n",
          "X: a\nY: b\r\n",
          "X\x01: a\r\n",
          "(X): a\r\n",
          ": a\r\n"}) {
        EXPECT_EQ(outcome_of(with_headers(headers, "abc")), "malformed_request") << headers;
    }
    EXPECT_EQ(outcome_of(with_headers(std::string_view("X: a\0b\r\n", 8))), "malformed_request");
    EXPECT_EQ(
        outcome_of("POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        "malformed_request"
    );
}

TEST(request_reader, refuses_a_missing_or_double_host) {
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\r\n\r\n"), "malformed_request");
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), "malformed_request");
    EXPECT_EQ(outcome_of("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), "malformed_request");
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n"), "malformed_request");
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"), "malformed_request");
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"), "malformed_request");
}

TEST(request_reader, refuses_doubled_headers_that_decide_something) {
    for (const std::string_view name : {"Authorization", "Content-Type", "Idempotency-Key", "Expect"}) {
        EXPECT_EQ(outcome_of(with_headers(fmt::format("{0}: a\r\n{0}: a\r\n", name))), "malformed_request");
    }
    EXPECT_EQ(outcome_of(with_headers("Accept: a\r\nAccept: b\r\n")), "done");
}

TEST(request_reader, refuses_bad_request_lines) {
    for (const char* line :
         {"GET / HTTP/2.0",
          "GET / HTTP/1.2",
          "GET / HTTP/0.9",
          "GET /",
          "GET  / HTTP/1.1",
          "GET /a b HTTP/1.1",
          "/ HTTP/1.1",
          "GET / http/1.1",
          "GET a HTTP/1.1",
          "GET * HTTP/1.1",
          "CONNECT h:80 HTTP/1.1",
          "GET /%zz HTTP/1.1",
          "GET /%2 HTTP/1.1",
          "GET /%00 HTTP/1.1",
          "GET /a%2Fb HTTP/1.1",
          "GET /%ff HTTP/1.1",
          "GET /?a=%0a HTTP/1.1",
          "GET /a#b HTTP/1.1",
          "GET /?a#b HTTP/1.1",
          "GET /?a=%c3 HTTP/1.1",
          "GET http:///a HTTP/1.1",
          "G(T / HTTP/1.1",
          "PRI * HTTP/2.0"}) {
        EXPECT_EQ(outcome_of(fmt::format("{}\r\nHost: h\r\n\r\n", line)), "malformed_request") << line;
    }
    EXPECT_EQ(outcome_of(std::string_view("\x16\x03\x01\x02", 4)), "malformed_request")
        << "a TLS client's greeting";
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\nHost: h\n\n"), "malformed_request") << "bare line feeds";
}

TEST(request_reader, refuses_bad_chunks_and_trailers) {
    const auto chunked = [](std::string_view body) {
        return outcome_of(with_headers("Transfer-Encoding: chunked\r\n", body));
    };
    EXPECT_EQ(chunked("0\r\nX-Trailer: 1\r\n\r\n"), "malformed_request");
    EXPECT_EQ(chunked("0\r\nContent-Length: 1\r\n\r\n"), "malformed_request");
    EXPECT_EQ(chunked("3\r\nabcd\r\n0\r\n\r\n"), "malformed_request");
    EXPECT_EQ(chunked("xyz\r\nabc\r\n0\r\n\r\n"), "malformed_request");
    EXPECT_EQ(chunked("-1\r\nabc\r\n0\r\n\r\n"), "malformed_request");
    EXPECT_EQ(chunked("0x3\r\nabc\r\n0\r\n\r\n"), "malformed_request");
    EXPECT_EQ(chunked(" 3\r\nabc\r\n0\r\n\r\n"), "malformed_request");
    EXPECT_EQ(chunked("3 \r\nabc\r\n0\r\n\r\n"), "malformed_request");
    EXPECT_EQ(chunked("3;" + std::string(300, 'x') + "\r\nabc\r\n0\r\n\r\n"), "malformed_request");
    EXPECT_EQ(chunked("ffffffffffffffffff\r\nabc\r\n0\r\n\r\n"), "malformed_request");
}

TEST(request_reader, limits_the_body) {
    EXPECT_EQ(outcome_of(with_headers("Content-Length: 10\r\n", "0123456789"), 10), "done");
    EXPECT_EQ(outcome_of(with_headers("Content-Length: 11\r\n", "0123456789a"), 10), "payload_too_large");
    const auto chunks = "5\r\n01234\r\n5\r\n56789\r\n";
    EXPECT_EQ(
        outcome_of(with_headers("Transfer-Encoding: chunked\r\n", fmt::format("{}0\r\n\r\n", chunks)), 10),
        "done"
    );
    EXPECT_EQ(
        outcome_of(
            with_headers("Transfer-Encoding: chunked\r\n", fmt::format("{}1\r\na\r\n0\r\n\r\n", chunks)), 10
        ),
        "payload_too_large"
    );
}

TEST(request_reader, limits_target_headers_and_their_number) {
    const auto target = [](std::size_t size) {
        return fmt::format("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", std::string(size - 1, 'a'));
    };
    EXPECT_EQ(outcome_of(target(4096)), "done");
    EXPECT_EQ(outcome_of(target(4097)), "uri_too_long");
    EXPECT_EQ(outcome_of(target(9000)), "uri_too_long");
    EXPECT_EQ(outcome_of("GET /" + std::string(5000, 'a')), "uri_too_long");

    const auto sized = [](std::size_t size) {
        const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nX: ";
        return head + std::string(size - head.size() - 4, 'x') + "\r\n\r\n";
    };
    EXPECT_EQ(outcome_of(sized(8192)), "done");
    EXPECT_EQ(outcome_of(sized(8193)), "headers_too_large");
    EXPECT_EQ(outcome_of("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(9000, 'x')), "headers_too_large");

    std::string many;
    for (int i = 0; i < 99; ++i) many += fmt::format("X{}: 1\r\n", i);
    EXPECT_EQ(outcome_of(with_headers(many)), "done");
    EXPECT_EQ(outcome_of(with_headers(many + "Y: 1\r\n")), "headers_too_large");
}

TEST(request_reader, keeps_what_follows_for_the_next_request) {
    request_reader reader({});
    request seen;
    const std::string two =
        "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    reader.begin(seen);
    const auto used = reader.read_head(two);
    ASSERT_TRUE(used);
    EXPECT_TRUE(reader.done());
    EXPECT_TRUE(reader.keep_alive());
    EXPECT_EQ(seen.path, "/1");
    seen = {};
    reader.begin(seen);
    ASSERT_TRUE(reader.read_head(std::string_view(two).substr(*used)));
    EXPECT_EQ(seen.path, "/2");
    EXPECT_FALSE(reader.keep_alive());
}

TEST(request_reader, knows_whether_the_connection_stays) {
    const auto stays = [](std::string_view text) {
        request_reader reader({});
        request seen;
        reader.begin(seen);
        EXPECT_TRUE(reader.read_head(text));
        return reader.keep_alive();
    };
    EXPECT_TRUE(stays("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    EXPECT_FALSE(stays("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n"));
    EXPECT_FALSE(stays("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, close\r\n\r\n"));
    EXPECT_FALSE(stays("GET / HTTP/1.0\r\n\r\n"));
    EXPECT_TRUE(stays("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}

}  // namespace
}  // namespace esm::http
