// The courier against servers of our own: what is sent and comes back, many at once, kept connections, and
// servers that are slow, close or say too much.
#include "platform/fetch/courier.hpp"

#include <gmock/gmock.h>

#include <filesystem>

#include "platform/fetch/courier_fixture.hpp"

namespace esm::fetch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using kind = reply::kind;
using testing::answer;
using testing::barrier;
using testing::test_server;
using namespace std::chrono_literals;

class courier_test : public testing::courier_fixture {
protected:
    static std::size_t threads() {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator("/proc/self/task"), {})
        );
    }
};

TEST_F(courier_test, sends_what_it_is_given_and_nothing_more) {
    std::string asked;
    const test_server server([&](const std::string& given) {
        asked = given;
        return answer("201 Created", "made", "X-One: 1\r\nSET-COOKIE: a=b\r\n");
    });
    courier sent({});
    auto given = post(server.url("/a?b=c"));
    given.headers = {{"X-Given", "yes"}, {"X-Empty", ""}};
    given.body = std::string("\0\r\n", 3);
    const auto got = send(sent, given);
    EXPECT_EQ(got.how, kind::answered) << got.text;
    EXPECT_EQ(got.status, 201U);
    EXPECT_EQ(got.body, "made");
    EXPECT_EQ(got.header("x-one"), "1");
    EXPECT_EQ(got.header("set-cookie"), "a=b");
    EXPECT_EQ(got.header("x-two"), "");
    EXPECT_THAT(asked, StartsWith("POST /a?b=c HTTP/1.1\r\n"));
    EXPECT_THAT(asked, HasSubstr("X-Given: yes\r\n"));
    EXPECT_THAT(asked, HasSubstr("X-Empty:\r\n"));
    EXPECT_THAT(asked, HasSubstr("Content-Length: 3\r\n"));
    EXPECT_THAT(asked, Not(HasSubstr("Content-Type")));
    EXPECT_THAT(asked, Not(HasSubstr("Expect")));
    EXPECT_THAT(asked, EndsWith(std::string("\r\n\r\n\0\r\n", 7)));
    send(sent, post(server.url()));
    EXPECT_THAT(asked, Not(HasSubstr("Cookie")));
}

TEST_F(courier_test, speaks_every_method) {
    std::string asked;
    const test_server server([&](const std::string& given) {
        asked = given;
        return given.starts_with("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
                                         : answer("200 OK", "x");
    });
    courier sent({});
    for (const auto* method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "GET"}) {
        for (const auto* body : {"", "body"}) {
            auto given = post(server.url());
            given.method = method;
            given.body = body;
            EXPECT_EQ(send(sent, given).status, 200U) << method;
            EXPECT_THAT(asked, StartsWith(fmt::format("{} / HTTP/1.1\r\n", method)));
            if (given.method != "HEAD") EXPECT_THAT(asked, EndsWith(fmt::format("\r\n\r\n{}", body)));
        }
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(courier_test, refuses_what_would_begin_a_header_of_its_own) {
    const test_server server([](const std::string&) { return answer("200 OK", ""); });
    courier sent({});
    auto given = post(server.url());
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"X", "a\r\nY: b"}, {"X", "a\nb"}, {"X\r\nY", "b"}, {"X:Y", "b"}, {"", "b"}, {"X Y", "b"}
         }) {
        given.headers = {{name, value}};
        EXPECT_EQ(send(sent, given).how, kind::forbidden) << name;
    }
    given.headers.clear();
    given.method = "POST / HTTP/1.1\r\nX: y\r\n\r\nGET";
    EXPECT_EQ(send(sent, given).how, kind::forbidden);
    for (const auto* url : {"", "no url", "ftp://127.0.0.1/", "file:///etc/passwd", "http://"}) {
        EXPECT_EQ(send(sent, post(url)).how, kind::forbidden) << url;
    }
    EXPECT_EQ(server.asked(), 0);
}

TEST_F(courier_test, leaves_redirects_to_the_caller) {
    const test_server server([](const std::string&) {
        return answer("302 Found", "", "Location: /other\r\n");
    });
    courier sent({});
    const auto got = send(sent, post(server.url()));
    EXPECT_EQ(got.status, 302U);
    EXPECT_EQ(got.header("location"), "/other");
    EXPECT_EQ(server.asked(), 1);
}

TEST_F(courier_test, keeps_interim_heads_and_trailers_apart_from_the_headers) {
    const test_server server([](const std::string&) -> std::string {
        return "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Head: 1\r\n\r\n"
               "2\r\nab\r\n1\r\nc\r\n0\r\nX-Trailer: 1\r\n\r\n";
    });
    courier sent({});
    const auto got = send(sent, post(server.url()));
    EXPECT_EQ(got.status, 200U) << got.text;
    EXPECT_EQ(got.body, "abc");
    EXPECT_EQ(got.header("x-head"), "1");
    EXPECT_EQ(got.header("link"), "");
    EXPECT_EQ(got.header("x-trailer"), "");
}

TEST_F(courier_test, sends_many_at_once_over_few_connections) {
    const test_server server([](const std::string& asked) {
        std::this_thread::sleep_for(2ms);
        return answer("200 OK", asked.substr(5, asked.find(' ', 5) - 5));
    });
    auto options = open_options();
    options.a_host_max = 16;
    courier sent(options);
    for (const bool strangers : {false, true}) {
        std::vector<std::future<reply>> replies;
        for (int i = 0; i < 200; ++i) {
            auto given = post(server.url(fmt::format("/{}", i)), strangers);
            given.method = "PUT";
            replies.push_back(begin(sent, given));
        }
        for (int i = 0; i < 200; ++i) {
            const auto got = replies[static_cast<std::size_t>(i)].get();
            EXPECT_EQ(got.how, kind::answered) << got.text;
            EXPECT_EQ(got.body, std::to_string(i));
        }
        EXPECT_LE(server.most_open(), strangers ? 32 : 16);
        EXPECT_LE(server.connections(), strangers ? 32 : 16);
    }
    EXPECT_EQ(server.asked(), 400);
}

TEST_F(courier_test, keeps_connections_of_strangers_apart) {
    const test_server server([](const std::string&) { return answer("200 OK", ""); });
    courier sent(open_options());
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(send(sent, post(server.url(), false)).how, kind::answered);
        EXPECT_EQ(send(sent, post(server.url(), true)).how, kind::answered);
    }
    EXPECT_EQ(server.connections(), 2);
    EXPECT_EQ(server.asked(), 10);
}

TEST_F(courier_test, asks_anew_where_a_kept_connection_has_closed) {
    test_server server([](const std::string&) { return answer("200 OK", ""); });
    courier sent({});
    EXPECT_EQ(send(sent, post(server.url())).how, kind::answered);
    server.close_connections();
    EXPECT_EQ(send(sent, post(server.url())).how, kind::answered);
    EXPECT_EQ(server.connections(), 2);
}

TEST_F(courier_test, cuts_long_bodies) {
    const test_server server([](const std::string& asked) {
        if (asked.starts_with("POST /exact")) return answer("200 OK", std::string(100, 'x'));
        // Says that more comes, and never sends it.
        return "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + std::string(30'000, 'x');
    });
    courier_options options;
    options.reply_max_bytes = 100;
    courier sent(options);
    for (const auto* path : {"/exact", "/long"}) {
        const auto got = send(sent, post(server.url(path)));
        EXPECT_EQ(got.how, kind::answered) << got.text;
        EXPECT_EQ(got.status, 200U);
        EXPECT_EQ(got.body, std::string(100, 'x'));
    }
}

TEST_F(courier_test, is_away_where_there_is_no_whole_answer) {
    const test_server server([](const std::string& asked) -> std::string {
        if (asked.starts_with("POST /none")) return {};
        if (asked.starts_with("POST /noise")) return "what?\r\n\r\n";
        if (asked.starts_with("POST /head")) {
            std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n";
            for (int i = 0; i < 80; ++i) head += fmt::format("X-{}: {}\r\n", i, std::string(1000, 'x'));
            return head + "\r\n";
        }
        return answer("200 OK", "half of it", "Connection: close\r\n").substr(0, 65);
    });
    courier sent({});
    for (const auto* path : {"/none", "/noise", "/head", "/half"}) {
        const auto got = send(sent, post(server.url(path)));
        EXPECT_EQ(got.how, kind::away) << path;
        EXPECT_TRUE(got.may_have_arrived) << path;
        EXPECT_THAT(got.text, StartsWith("127.0.0.1: ")) << path;
    }
    for (const auto* url : {"http://127.0.0.1:1/", "http://name-that-is-not.invalid/"}) {
        const auto got = send(sent, post(url));
        EXPECT_EQ(got.how, kind::away) << url;
        EXPECT_FALSE(got.may_have_arrived) << url;
    }
}

TEST_F(courier_test, waits_no_longer_than_told_for_an_answer_or_for_a_turn) {
    barrier held;
    const test_server server([&](const std::string&) {
        held.wait();
        return answer("200 OK", "");
    });
    courier_options options;
    options.a_host_max = 1;
    courier sent(options);
    auto given = post(server.url());
    const auto before = std::chrono::steady_clock::now();
    given.timeout = 400ms;
    auto first = begin(sent, given);
    EXPECT_TRUE(esm::testing::eventually(5s, [&] { return server.asked() == 1; }));
    given.timeout = 150ms;
    auto second = begin(sent, given);
    const auto none = second.get();
    EXPECT_THAT(none.text, HasSubstr("no answer within 150 ms"));
    EXPECT_FALSE(none.may_have_arrived) << "it never had its turn";
    EXPECT_LT(std::chrono::steady_clock::now() - before, 350ms);
    const auto got = first.get();
    EXPECT_EQ(got.how, kind::away);
    EXPECT_TRUE(got.may_have_arrived);
    EXPECT_THAT(got.text, HasSubstr("no answer within 400 ms"));
    EXPECT_LT(std::chrono::steady_clock::now() - before, 2s);
    EXPECT_EQ(server.asked(), 1);
    held.open();
    // Its place is free again.
    EXPECT_EQ(send(sent, post(server.url())).how, kind::answered);
}

TEST_F(courier_test, lets_a_slow_host_keep_no_other_waiting) {
    barrier held;
    const test_server slow([&](const std::string&) {
        held.wait();
        return answer("200 OK", "");
    });
    const test_server quick([](const std::string&) { return answer("200 OK", ""); });
    auto options = open_options();
    options.in_flight_max = 4;
    options.a_host_max = 3;
    courier sent(options);
    std::vector<std::future<reply>> hanging;
    for (int i = 0; i < 20; ++i) hanging.push_back(begin(sent, post(slow.url(), true)));
    EXPECT_EQ(send(sent, post(quick.url(), true)).how, kind::answered);
    // Strangers that take all their places take none of ours.
    for (int i = 0; i < 4; ++i) {
        hanging.push_back(begin(sent, post(fmt::format("http://localhost:{}/", slow.port()), true)));
    }
    EXPECT_EQ(send(sent, post(quick.url(), false)).how, kind::answered);
    EXPECT_LE(slow.most_open(), 4);
    held.open();
    for (auto& each : hanging) each.get();
}

TEST_F(courier_test, turns_away_what_is_too_much) {
    barrier held;
    const test_server server([&](const std::string&) {
        held.wait();
        return answer("200 OK", "");
    });
    courier_options options;
    options.in_flight_max = 2;
    options.waiting_max = 3;
    courier sent(options);
    std::vector<std::future<reply>> taken;
    for (int i = 0; i < 5; ++i) taken.push_back(begin(sent, post(server.url())));
    // The shards take them up one after the other.
    EXPECT_TRUE(esm::testing::eventually(5s, [&] { return server.asked() == 2; }));
    for (unsigned shard = 0; shard < 2; ++shard) {
        asio::co_spawn(
            runtime_.executor(shard), []() -> awaitable<void> { co_return; }(), asio::use_future
        )
            .get();
    }
    const auto refused = send(sent, post(server.url()));
    EXPECT_EQ(refused.how, kind::away);
    EXPECT_THAT(refused.text, HasSubstr("too many"));
    held.open();
    for (auto& each : taken) EXPECT_EQ(each.get().how, kind::answered);
    EXPECT_EQ(send(sent, post(server.url())).how, kind::answered);
}

TEST_F(courier_test, ends_all_when_it_stops) {
    barrier held;
    const test_server server([&](const std::string&) {
        held.wait();
        return answer("200 OK", "");
    });
    courier_options options;
    options.a_host_max = 2;
    auto sent = std::make_unique<courier>(options);
    std::vector<std::future<reply>> under_way;
    for (int i = 0; i < 6; ++i) under_way.push_back(begin(*sent, post(server.url())));
    EXPECT_TRUE(esm::testing::eventually(5s, [&] { return server.asked() == 2; }));
    const auto before = std::chrono::steady_clock::now();
    sent->stop();
    for (auto& each : under_way) {
        const auto got = each.get();
        EXPECT_EQ(got.how, kind::stopped);
        EXPECT_THAT(got.text, HasSubstr("stopped"));
    }
    EXPECT_EQ(send(*sent, post(server.url())).how, kind::stopped);
    sent.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - before, 1s);
    held.open();
}

TEST_F(courier_test, ends_all_when_it_goes) {
    barrier held;
    const test_server server([&](const std::string&) {
        held.wait();
        return answer("200 OK", "");
    });
    auto sent = std::make_unique<courier>(courier_options{});
    auto under_way = begin(*sent, post(server.url()));
    EXPECT_TRUE(esm::testing::eventually(5s, [&] { return server.asked() == 1; }));
    sent.reset();
    EXPECT_EQ(under_way.get().how, kind::stopped);
    held.open();
}

TEST_F(courier_test, costs_no_thread_until_it_is_used_and_answers_where_it_was_called) {
    const test_server server([](const std::string&) { return answer("200 OK", ""); });
    const auto before = threads();
    courier sent({});
    EXPECT_EQ(threads(), before);
    const auto asking = [&](unsigned shard) -> awaitable<unsigned> {
        co_await sent.send(post(server.url()));
        co_return shard == async::runtime::current_shard() ? shard : async::runtime::none;
    };
    for (unsigned shard = 0; shard < 2; ++shard) {
        EXPECT_EQ(asio::co_spawn(runtime_.executor(shard), asking(shard), asio::use_future).get(), shard);
    }
    EXPECT_EQ(threads(), before + 2);  // its own, and the server's for one connection
}

TEST(reply, reads_how_long_to_wait) {
    const auto after = [](std::string value) {
        reply given;
        given.headers = {{"retry-after", std::move(value)}};
        return given.retry_after();
    };
    EXPECT_EQ(reply{}.retry_after(), std::nullopt);
    EXPECT_EQ(after("0"), 0s);
    EXPECT_EQ(after("120"), 120s);
    EXPECT_EQ(after("86401"), 86400s);
    EXPECT_EQ(after("99999999999999999999999"), 86400s);
    EXPECT_EQ(after("Tue, 15 Nov 1994 12:45:26 GMT"), 0s);
    EXPECT_EQ(after("Fri, 31 Dec 9999 23:59:59 GMT"), 86400s);
    for (const auto* none : {"", "soon", "-5", "1.5"}) EXPECT_EQ(after(none), std::nullopt) << none;
    const auto in_a_minute = std::time(nullptr) + 60;
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", std::gmtime(&in_a_minute));
    const auto read = after(text);
    ASSERT_TRUE(read);
    EXPECT_GE(*read, 55s);
    EXPECT_LE(*read, 60s);
}

}  // namespace
}  // namespace esm::fetch
