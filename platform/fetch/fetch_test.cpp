// Fetching from a server of our own, whose network is allowed on purpose, and everything that must be
// refused.
#include "platform/fetch/fetch.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <iterator>

#include "platform/fetch/answer_head.hpp"
#include "platform/fetch/target.hpp"
#include "platform/fetch/test_server.hpp"
#include "platform/testing/support.hpp"

namespace esm::fetch {
namespace {

using ::testing::HasSubstr;
using kind = outcome::kind;

// Each of these servers' connections is for one answer, and may end before it is whole.
std::string answer(std::string_view status, std::string_view body, std::string_view headers = {}) {
    return testing::answer(status, body, fmt::format("{}Connection: close\r\n", headers));
}

class fetch_test : public ::testing::Test {
protected:
    fetch_test() { open_.allowed.push_back(*network::parse("127.0.0.1/32")); }

    outcome get(const rules& given, std::string url, std::uint64_t max_bytes = 1'000'000) {
        request what;
        what.url = std::move(url);
        what.into = folder_.file("out");
        what.max_bytes = max_bytes;
        what.should_stop = [this] { return stop_.load(); };
        return fetch(given, what);
    }
    std::string content() {
        std::ifstream from(folder_.file("out"), std::ios::binary);
        return {std::istreambuf_iterator<char>(from), {}};
    }

    esm::testing::temporary_folder folder_;
    rules open_;
    std::atomic<bool> stop_{false};
};

TEST_F(fetch_test, brings_the_bytes_and_their_digest) {
    const testing::test_server server([](const std::string&) { return answer("200 OK", "abc"); });
    const auto done = get(open_, server.url());
    EXPECT_EQ(done.how, kind::fetched) << done.text;
    EXPECT_EQ(done.bytes, 3U);
    EXPECT_EQ(done.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(content(), "abc");
}

TEST_F(fetch_test, refuses_addresses_that_are_not_public) {
    const testing::test_server server([](const std::string&) { return answer("200 OK", "secret"); });
    const auto port = server.url().substr(server.url().rfind(':'));
    for (const auto* host :
         {"127.0.0.1",
          "localhost",
          "127.1",
          "2130706433",
          "0x7f000001",
          "0x7f.1",
          "0177.0.0.1",
          "0.0.0.0",
          "0",
          "[::1]",
          "[::]",
          "[::ffff:127.0.0.1]",
          "[::ffff:7f00:1]",
          "[64:ff9b::7f00:1]",
          "169.254.169.254",
          "[fd00:ec2::254]",
          "10.0.0.1",
          "100.100.100.200",
          "255.255.255.255",
          "224.0.0.1",
          "localhost.",
          "name-that-is-not.invalid"}) {
        const auto done = get({}, fmt::format("http://{}{}", host, port));
        EXPECT_EQ(done.how, kind::refused) << host << ": " << done.text;
        EXPECT_THAT(done.text, HasSubstr("public address")) << host;
    }
    EXPECT_EQ(server.asked(), 0);
}

TEST_F(fetch_test, refuses_ports_of_other_services) {
    rules given;
    const auto done = get(given, "http://1.1.1.1:25/");
    EXPECT_EQ(done.how, kind::refused);
    EXPECT_THAT(done.text, HasSubstr("port 25"));
}

TEST_F(fetch_test, refuses_urls_of_other_forms) {
    for (const auto* url :
         {"",
          "file:///etc/passwd",
          "gopher://127.0.0.1/",
          "ftp://127.0.0.1/",
          "//127.0.0.1/",
          "http://",
          "http:///x",
          "http://user@127.0.0.1/",
          "http://user:secret@127.0.0.1/",
          "http://127.0.0.1:0/",
          "http://127.0.0.1:99999/",
          "http://exa mple/",
          "http://a%2fb/",
          "http://127.0.0.1\r\nX: y/",
          "http://%31%32%37.0.0.1%00/"}) {
        EXPECT_NE(problem_of(url), "") << url;
        EXPECT_EQ(get(open_, url).how, kind::refused) << url;
    }
    EXPECT_NE(problem_of("http://h/" + std::string(3000, 'a')), "");
    EXPECT_EQ(problem_of("https://example.com/a?b=c#d"), "");
}

TEST(a_url, tells_where_it_may_never_lead) {
    rules given;
    for (const auto* url :
         {"https://10.0.0.1/",
          "https://127.0.0.1:8443/",
          "https://[::1]/",
          "https://[::ffff:8.8.8.8]/",
          "https://169.254.169.254/latest",
          "https://127.1/",
          "https://2130706433/",
          "https://0x7f000001/",
          "https://10.0.0.1.:443/",
          "https://8.8.8.8:25/",
          "https://example.org:6379/",
          "https://u:p@example.org/",
          "ftp://example.org/"}) {
        EXPECT_NE(problem_of(url, given), "") << url;
        EXPECT_FALSE(is_allowed_address(url, given)) << url;
    }
    for (const auto* url :
         {"https://8.8.8.8/", "http://[2606:4700::1111]:8080/", "https://example.org:8443/a?b#c"}) {
        EXPECT_EQ(problem_of(url, given), "") << url;
    }
    given.allowed = {network::parse("10.1.0.0/16").value()};
    EXPECT_EQ(problem_of("http://10.1.2.3:9000/", given), "");
    EXPECT_TRUE(is_allowed_address("http://10.1.2.3:9000/", given));
    EXPECT_NE(problem_of("http://10.2.0.1:9000/", given), "");
    EXPECT_FALSE(is_allowed_address("http://10.2.0.1:9000/", given));
    // The name may stand for an address there.
    EXPECT_EQ(problem_of("https://hooks.example.org:9000/", given), "");
    EXPECT_FALSE(is_allowed_address("https://hooks.example.org:9000/", given));
}

TEST_F(fetch_test, follows_redirects_under_the_same_rules) {
    const testing::test_server server([](const std::string& asked) {
        if (asked.starts_with("GET /to ")) return answer("200 OK", "there");
        if (asked.starts_with("GET /away"))
            return answer("302 Found", "", "Location: http://127.0.0.2:1/\r\n");
        if (asked.starts_with("GET /file"))
            return answer("302 Found", "", "Location: file:///etc/passwd\r\n");
        if (asked.starts_with("GET /named"))
            return answer("302 Found", "", "Location: http://a:b@127.0.0.1/\r\n");
        if (asked.starts_with("GET /nowhere")) return answer("302 Found", "");
        if (asked.starts_with("GET /round"))
            return answer("307 Temporary Redirect", "", "Location: /round\r\n");
        return answer("301 Moved Permanently", "ignored", "Location: to#x\r\n");
    });
    EXPECT_EQ(get(open_, server.url("/from")).how, kind::fetched);
    EXPECT_EQ(content(), "there");
    for (const auto* path : {"/away", "/file", "/named", "/nowhere"}) {
        EXPECT_EQ(get(open_, server.url(path)).how, kind::refused) << path;
    }
    const auto before = server.asked();
    EXPECT_THAT(get(open_, server.url("/round")).text, HasSubstr("more than 5 redirects"));
    EXPECT_EQ(server.asked() - before, 6);
}

TEST_F(fetch_test, goes_on_where_a_connection_dropped) {
    const std::string whole(300'000, 'q');
    std::atomic<int> ranged{0};
    const testing::test_server server([&](const std::string& asked) -> std::string {
        const auto at = asked.find("Range: bytes=");
        if (at == std::string::npos) {
            return answer("200 OK", whole, "ETag: \"v1\"\r\n").substr(0, 100'000);
        }
        EXPECT_THAT(asked, HasSubstr("If-Range: \"v1\""));
        const auto first = std::stoul(asked.substr(at + 13));
        ++ranged;
        const auto text = answer(
            "206 Partial Content",
            whole.substr(first),
            fmt::format(
                "ETag: \"v1\"\r\nContent-Range: bytes {}-{}/{}\r\n", first, whole.size() - 1, whole.size()
            )
        );
        return ranged == 1 ? text.substr(0, 100'000) : text;
    });
    const auto done = get(open_, server.url());
    EXPECT_EQ(done.how, kind::fetched) << done.text;
    EXPECT_EQ(ranged, 2);
    EXPECT_TRUE(content() == whole);
}

TEST_F(fetch_test, starts_over_where_the_file_has_changed) {
    std::atomic<int> asked{0};
    const testing::test_server server([&](const std::string&) -> std::string {
        if (asked++ == 0) return answer("200 OK", std::string(1'000, 'a'), "ETag: \"v1\"\r\n").substr(0, 500);
        return answer("200 OK", "new", "ETag: \"v2\"\r\n");
    });
    EXPECT_EQ(get(open_, server.url()).how, kind::fetched);
    EXPECT_EQ(content(), "new");
}

TEST_F(fetch_test, tells_what_may_pass_from_what_will_not) {
    const testing::test_server server([](const std::string& asked) {
        const auto code = asked.substr(5, 3);
        return answer(code + " Status", "body", "Retry-After: 7\r\n");
    });
    for (const auto* code : {"500", "502", "503", "504", "429", "408"}) {
        const auto done = get(open_, server.url(fmt::format("/{}", code)));
        EXPECT_EQ(done.how, kind::failed) << code;
        EXPECT_THAT(done.text, HasSubstr(code));
        EXPECT_EQ(done.retry_after, std::chrono::seconds(7));
    }
    for (const auto* code : {"201", "204", "304", "400", "401", "403", "404", "410", "416"}) {
        const auto done = get(open_, server.url(fmt::format("/{}", code)));
        EXPECT_EQ(done.how, kind::refused) << code;
        EXPECT_THAT(done.text, HasSubstr(code));
    }
    EXPECT_EQ(content(), "");
}

TEST_F(fetch_test, has_a_limit_of_size) {
    const testing::test_server server([](const std::string& asked) {
        if (asked.starts_with("GET /silent")) return "HTTP/1.1 200 OK\r\n\r\n" + std::string(2'000, 'x');
        if (asked.starts_with("GET /packed")) return answer("200 OK", "x", "Content-Encoding: gzip\r\n");
        return answer("200 OK", std::string(2'000, 'x'));
    });
    EXPECT_THAT(get(open_, server.url(), 1'999).text, HasSubstr("larger than 1999 bytes"));
    EXPECT_THAT(get(open_, server.url("/silent"), 1'999).text, HasSubstr("larger than 1999 bytes"));
    EXPECT_EQ(get(open_, server.url("/silent"), 2'000).how, kind::fetched);
    EXPECT_EQ(get(open_, server.url("/packed")).how, kind::refused);
}

TEST_F(fetch_test, stops_when_told_and_fails_when_nobody_answers) {
    const testing::test_server server([](const std::string&) -> std::string {
        return answer("200 OK", "x");
    });
    auto gone = server.url();
    stop_ = true;
    EXPECT_EQ(get(open_, gone).how, kind::stopped);
    stop_ = false;
    EXPECT_EQ(get(open_, "http://127.0.0.1:1/").how, kind::failed);
}

TEST(answer_head, reads_what_counts) {
    answer_head head;
    head.take("HTTP/1.1 100 Continue\r\n");
    head.take("ETag: \"old\"\r\n");
    head.take("HTTP/1.1 206 Partial Content\r\n");
    head.take("content-range: bytes 5-9/10\r\n");
    head.take("Retry-After: 99999999\r\n");
    head.take("Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT\r\n");
    EXPECT_EQ(head.status, 206);
    EXPECT_EQ(head.range_first, 5U);
    EXPECT_EQ(head.range_total, 10U);
    EXPECT_EQ(head.retry_after, std::chrono::seconds(3600));
    EXPECT_EQ(head.validator(), "Tue, 15 Nov 1994 12:45:26 GMT");
    head.take("ETag: W/\"weak\"\r\n");
    EXPECT_EQ(head.validator(), "");
}

TEST(redirects, do_not_leave_https) {
    const auto from = parse_target("https://example.com/a/b");
    ASSERT_TRUE(from);
    EXPECT_FALSE(follow(*from, "http://example.com/"));
    EXPECT_EQ(follow(*from, "c")->url, "https://example.com/a/c");
    EXPECT_EQ(follow(*from, "//other.example:8443/x")->port, 8443);
}

}  // namespace
}  // namespace esm::fetch
