// Answers as services make them, cursors, and the small readers of a request.
#include "platform/http/message.hpp"

#include <gmock/gmock.h>

#include "platform/base/utf8.hpp"
#include "platform/http/cursor.hpp"
#include "platform/http/identity.hpp"
#include "platform/http/peers.hpp"
#include "platform/http/reply_text.hpp"
#include "platform/http/text.hpp"

namespace esm::http {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string header_of(const response& reply, std::string_view name) {
    for (const auto& [each, value] : reply.headers) {
        if (each == name) return value;
    }
    return "none";
}

TEST(problem, says_what_is_wrong) {
    request about;
    about.ctx.trace.request_id = "r1";
    const auto reply = problem_reply(invalid_field("/name", "too_short", "At least 3 \"characters\""), about);
    EXPECT_EQ(reply.status, 422U);
    EXPECT_EQ(reply.content_type, "application/problem+json");
    EXPECT_EQ(
        reply.body,
        R"({"type":"urn:eventstreammonitor:error:validation_failed",)"
        R"("title":"A field breaks its rule","status":422,)"
        R"("code":"validation_failed","detail":"At least 3 \"characters\"",)"
        R"("instance":"urn:eventstreammonitor:request:r1",)"
        R"("errors":[{"pointer":"/name","code":"too_short","message":"At least 3 \"characters\""}]})"
    );
    EXPECT_EQ(header_of(reply, "Retry-After"), "none");
}

TEST(problem, says_when_to_come_again_and_how_to_authenticate) {
    const request about;
    EXPECT_EQ(header_of(problem_reply(fail(errc::unavailable), about), "Retry-After"), "1");
    auto limited = fail(errc::rate_limited);
    limited.retry_after = std::chrono::seconds(30);
    EXPECT_EQ(header_of(problem_reply(limited, about), "Retry-After"), "30");
    EXPECT_EQ(header_of(problem_reply(fail(errc::unauthenticated), about), "WWW-Authenticate"), "Bearer");
    EXPECT_EQ(
        header_of(problem_reply(fail(errc::invalid_token), about), "WWW-Authenticate"),
        R"(Bearer error="invalid_token")"
    );
    EXPECT_EQ(header_of(problem_reply(fail(errc::not_found), about), "WWW-Authenticate"), "none");
}

TEST(message, reads_ids_of_the_path) {
    const auto id_of = [](std::string text) {
        request from;
        from.path_params.emplace_back("id", std::move(text));
        const auto id = path_id(from, "id");
        return id ? *id : std::int64_t{-1};
    };
    EXPECT_EQ(id_of("1000"), 1000);
    EXPECT_EQ(id_of("9223372036854775807"), INT64_MAX);
    for (const char* text : {"", "0", "-1", "+1", "01", "1x", " 1", "9223372036854775808", "1e3", "null"}) {
        EXPECT_EQ(id_of(text), -1) << text;
    }
}

TEST(message, takes_json_bodies_only) {
    const auto code_of = [](std::string type, std::string body) -> std::string {
        request from;
        from.headers.emplace_back("content-type", std::move(type));
        from.body = std::move(body);
        const auto parsed = json_body(from);
        return parsed ? "taken" : std::string(info(parsed.error().code).name);
    };
    EXPECT_EQ(code_of("application/json", "{}"), "taken");
    EXPECT_EQ(code_of("Application/JSON; charset=utf-8", "{}"), "taken");
    EXPECT_EQ(code_of("application/merge-patch+json", "{}"), "taken");
    EXPECT_EQ(code_of("text/json", "{}"), "unsupported_media_type");
    EXPECT_EQ(code_of("application/jsonx", "{}"), "unsupported_media_type");
    EXPECT_EQ(code_of("", "{}"), "unsupported_media_type");
    EXPECT_EQ(code_of("application/json", "[]"), "malformed_request");
    EXPECT_EQ(code_of("application/json", ""), "malformed_request");
}

TEST(reply_text, frames_an_answer) {
    auto reply = json_text_reply(200, "{}");
    reply.headers.emplace_back("Location", "/a\r\nX-Evil: 1");
    std::string text;
    append_reply_head(text, reply, {"id1", false, false, false});
    EXPECT_THAT(text, testing::StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_THAT(text, HasSubstr("\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nX-Request-Id: id1\r\n"));
    EXPECT_THAT(text, HasSubstr("\r\nLocation: /a  X-Evil: 1\r\n")) << "a value never ends its header";
    EXPECT_THAT(text, HasSubstr("\r\nConnection: close\r\n"));
    EXPECT_THAT(text, Not(HasSubstr("Server:")));
}

TEST(reply_text, leaves_the_handler_its_own_caching) {
    response reply;
    reply.status = 204;
    reply.headers.emplace_back("cache-control", "max-age=300");
    std::string text;
    append_reply_head(text, reply, {"", true, false, false});
    EXPECT_THAT(text, Not(HasSubstr("no-store")));
    EXPECT_THAT(text, Not(HasSubstr("Content-Length")));
    EXPECT_TRUE(leaves_out_body(reply, {}));
}

request list_request(std::vector<std::pair<std::string, std::string>> query) {
    request from;
    from.target = "/tasks?x=1";
    from.query = std::move(query);
    return from;
}

TEST(cursor, goes_on_where_the_page_ended) {
    const auto cursor = make_cursor({1234, -5}, "status=done");
    const auto page = read_page(list_request({{"limit", "7"}, {"cursor", cursor}}), "status=done", 2);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->limit, 7);
    EXPECT_THAT(page->after, testing::ElementsAre(1234, -5));
    EXPECT_EQ(read_page(list_request({}), "", 2)->limit, 50);
}

TEST(cursor, goes_on_behind_a_name) {
    const auto cursor = make_named_cursor("o'neil@example.org", "q=o");
    const auto page = read_named_page(list_request({{"limit", "7"}, {"cursor", cursor}}), "q=o");
    ASSERT_TRUE(page.has_value());
    EXPECT_EQ(page->limit, 7);
    EXPECT_EQ(page->after_name, "o'neil@example.org");
    EXPECT_EQ(read_named_page(list_request({}), "q=o")->after_name, "");
    EXPECT_EQ(read_named_page(list_request({{"cursor", cursor}}), "q=p").error().code, errc::invalid_cursor);
    EXPECT_EQ(read_page(list_request({{"cursor", cursor}}), "q=o", 1).error().code, errc::invalid_cursor);
    const auto numbers = make_cursor({1234}, "q=o");
    EXPECT_EQ(read_named_page(list_request({{"cursor", numbers}}), "q=o").error().code, errc::invalid_cursor);
}

TEST(cursor, refuses_what_it_did_not_make) {
    const auto good = make_cursor({1234}, "status=done");
    const auto code_of = [](const std::string& cursor, std::string_view filter, std::size_t keys) {
        const auto page = read_page(list_request({{"cursor", cursor}}), filter, keys);
        return page ? std::string("taken") : std::string(info(page.error().code).name);
    };
    EXPECT_EQ(code_of(good, "status=done", 1), "taken");
    EXPECT_EQ(code_of(good, "status=failed", 1), "invalid_cursor");
    EXPECT_EQ(code_of(good, "status=done", 2), "invalid_cursor");
    for (std::size_t i = 0; i < good.size(); ++i) {
        auto changed = good;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_EQ(code_of(changed, "status=done", 1), "invalid_cursor") << changed;
        EXPECT_EQ(code_of(good.substr(0, i), "status=done", 1), "invalid_cursor") << i;
    }
    for (const char* made_up : {"", "%%%", "e30", "W10", "bnVsbA", "eyJrIjpbMV0sImMiOiIifQ", "====", "a b"}) {
        EXPECT_EQ(code_of(made_up, "", 1), "invalid_cursor") << made_up;
    }
    EXPECT_EQ(code_of(good + std::string(1000, 'A'), "status=done", 1), "invalid_cursor");
}

TEST(cursor, limits_the_page) {
    for (const char* limit : {"0", "-1", "501", "x", "", "1.5", "99999999999999999999"}) {
        const auto page = read_page(list_request({{"limit", limit}}), "", 1);
        ASSERT_FALSE(page) << limit;
        EXPECT_EQ(page.error().code, errc::malformed_request);
        EXPECT_EQ(page.error().fields.front().pointer, "limit");
    }
    EXPECT_EQ(read_page(list_request({{"limit", "500"}}), "", 1)->limit, 500);
}

TEST(cursor, links_to_the_next_page) {
    const auto from = list_request({{"status", "a b&c"}, {"cursor", "old"}, {"limit", "5"}});
    EXPECT_EQ(next_link(from, "new"), "/tasks?status=a%20b%26c&limit=5&cursor=new");
}

TEST(cursor, refuses_unknown_and_repeated_parameters) {
    EXPECT_TRUE(check_query(list_request({{"a", "1"}, {"b", "1"}}), {"a", "b", "c"}));
    const auto refused = check_query(list_request({{"a", "1"}, {"z", "1"}, {"a", "2"}}), {"a"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::malformed_request);
    EXPECT_EQ(refused.error().detail, "2 query parameters are wrong");
    EXPECT_EQ(refused.error().fields[0].pointer, "z");
    EXPECT_EQ(refused.error().fields[1].code, "repeated_parameter");
}

TEST(identity, keeps_good_request_ids_and_replaces_others) {
    EXPECT_EQ(request_id_of("a-B_9.x"), "a-B_9.x");
    const std::string longest(128, 'a');
    EXPECT_EQ(request_id_of(longest), longest);
    for (const std::string& bad :
         {std::string(), longest + "a", std::string("a b"), std::string("a\x1b[1m")}) {
        EXPECT_EQ(request_id_of(bad).size(), 32U) << bad;
    }
    EXPECT_NE(request_id_of(""), request_id_of(""));
}

TEST(identity, knows_a_traceparent) {
    EXPECT_TRUE(is_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
    for (const char* text :
         {"",
          "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
          "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
          "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
          "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0"}) {
        EXPECT_FALSE(is_traceparent(text)) << text;
    }
}

TEST(peers, believes_trusted_proxies_only) {
    const trusted_proxies proxies({"10.0.0.0/8", "::1"});
    EXPECT_EQ(proxies.client_of("203.0.113.9", "198.51.100.1"), "203.0.113.9");
    EXPECT_EQ(proxies.client_of("10.1.2.3", "198.51.100.1"), "198.51.100.1");
    EXPECT_EQ(proxies.client_of("10.1.2.3", "6.6.6.6, 198.51.100.1 ,10.9.9.9"), "198.51.100.1");
    EXPECT_EQ(proxies.client_of("10.1.2.3", "6.6.6.6, nonsense"), "10.1.2.3");
    EXPECT_EQ(proxies.client_of("::1", "2001:db8::7"), "2001:db8::7");
    EXPECT_EQ(proxies.client_of("10.1.2.3", ""), "10.1.2.3");
    EXPECT_THROW(trusted_proxies({"not an address"}), std::invalid_argument);
}

TEST(peers, an_ipv6_subscriber_is_one_client) {
    EXPECT_EQ(network_of("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), network_of("2001:db8:1:2::1"));
    EXPECT_NE(network_of("2001:db8:1:2::1"), network_of("2001:db8:1:3::1"));
    EXPECT_EQ(network_of("::ffff:192.0.2.7"), "::ffff:192.0.2.7");
    EXPECT_EQ(network_of("somewhere"), "somewhere");
}

TEST(peers, counts_connections) {
    connection_counts counts(3, 2);
    using verdict = connection_counts::verdict;
    EXPECT_EQ(counts.add("a", false), verdict::admitted);
    EXPECT_EQ(counts.add("a", false), verdict::admitted);
    EXPECT_EQ(counts.add("a", false), verdict::too_many_of_peer);
    EXPECT_EQ(counts.add("a", true), verdict::admitted);
    EXPECT_EQ(counts.add("b", false), verdict::too_many);
    counts.remove("a");
    EXPECT_EQ(counts.add("b", false), verdict::admitted);
    EXPECT_EQ(counts.all(), 3U);
}

TEST(text, knows_utf8) {
    for (const char* good : {"", "a", "ü", "€", "😀", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
        EXPECT_TRUE(is_utf8(good));
    for (const char* bad :
         {"\xff", "\xc0\xaf", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80"}) {
        EXPECT_FALSE(is_utf8(bad));
    }
}

}  // namespace
}  // namespace esm::http
