// The routes of an inbox, through the whole service: its stream, and what its user has read.
#include <gmock/gmock.h>

#include "services/notifications/routes_fixture.hpp"

namespace esm::notifications {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class inbox_routes_contract : public routes_fixture {
protected:
    inbox_routes_contract() { start_service(); }

    std::int64_t put_in(std::int64_t user_id, const std::string& title) {
        const boost::json::object message{
            {"channel", "in_app"}, {"userId", user_id}, {"subject", title}, {"text", "body of " + title}
        };
        const auto reply = send("POST", "", boost::json::serialize(message), 1);
        EXPECT_EQ(reply.status, 201U) << reply.body;
        return json(reply).at("notification").at("notificationId").as_int64();
    }
    http::response stream(principal caller, std::string last_id = {}) {
        auto call = request("GET", "/stream", std::move(caller));
        if (!last_id.empty()) call.headers.emplace_back("last-event-id", std::move(last_id));
        return send(std::move(call));
    }
    http::response stream(std::int64_t user_id, std::int64_t last_id) {
        return stream(user(user_id), std::to_string(last_id));
    }
    std::string next(const http::response& from) { return runtime_.block_on(from.source->next()); }
    // The text up to and with what holds `part`, within ten seconds.
    std::string next_with(const http::response& from, std::string_view part) {
        std::string text;
        for (const auto until = deadline_in(10s); clock::now() < until;) {
            text += next(from);
            if (text.find(part) != std::string::npos) return text;
        }
        ADD_FAILURE() << "no " << part << " in " << text;
        return text;
    }
    std::vector<std::int64_t> unread(std::int64_t user_id) {
        auto call = request("GET", "?unread=true", user(user_id));
        const auto reply = send(std::move(call));
        EXPECT_EQ(reply.status, 200U) << reply.body;
        std::vector<std::int64_t> ids;
        const auto page = json(reply);
        for (const auto& each : page.at("notifications").as_array()) {
            ids.push_back(each.at("notificationId").as_int64());
        }
        return ids;
    }
    static std::string path(std::int64_t id, std::string_view rest = "") {
        return fmt::format("/{}{}", id, rest);
    }
};

TEST_P(inbox_routes_contract, what_comes_is_told_at_once_and_to_its_user_alone) {
    put_in(1000, "before");
    const auto own = stream(user(1000));
    const auto foreign = stream(user(1001));
    EXPECT_EQ(own.status, 200U);
    EXPECT_EQ(own.content_type, "text/event-stream");
    EXPECT_EQ(next(own), "retry: 2000\n\n");
    EXPECT_EQ(next(foreign), "retry: 2000\n\n");
    const auto id = put_in(1000, "news");
    const auto sent_at = clock::now();
    const auto told = next_with(own, "\n\n");
    EXPECT_LT(clock::now() - sent_at, 300ms) << "far below the poll";
    const auto shown = json(send(request("GET", path(id), user(1000)))).at("notification").as_object();
    EXPECT_EQ(shown.at("title"), "news");
    EXPECT_EQ(shown.at("body"), "body of news");
    EXPECT_EQ(shown.at("recipient"), "");
    EXPECT_TRUE(shown.at("readAt").is_null());
    EXPECT_THAT(told, StartsWith(fmt::format("id: {}\nevent: notification\ndata: {{", id)));
    auto as_listed = shown;
    as_listed.erase("attemptLog");
    const auto data = told.substr(told.find("data: ") + 6);
    EXPECT_EQ(boost::json::parse(std::string_view(data).substr(0, data.size() - 2)), as_listed);
    const auto theirs = put_in(1001, "theirs");
    EXPECT_THAT(next_with(foreign, "\n\n"), StartsWith(fmt::format("id: {}\n", theirs)));
}

TEST_P(inbox_routes_contract, an_event_of_a_topic_is_told_too) {
    const auto own = stream(user(1000));
    next(own);
    publish({task_event(77, 1000)});
    const auto told = next_with(own, "\n\n");
    EXPECT_THAT(told, HasSubstr("\"eventType\":\"task.completed.v1\""));
    EXPECT_THAT(told, HasSubstr("\"channel\":\"in_app\""));
}

TEST_P(inbox_routes_contract, who_comes_back_is_told_of_what_came_since) {
    const auto first = put_in(1000, "one");
    const auto second = put_in(1000, "two");
    const auto third = put_in(1000, "three");
    auto told = next_with(stream(1000, first), "");
    EXPECT_EQ(told, "retry: 2000\n\n");
    const auto again = stream(1000, first);
    told = next_with(again, fmt::format("id: {}\n", third));
    EXPECT_THAT(told, HasSubstr(fmt::format("id: {}\n", second)));
    EXPECT_THAT(told, Not(HasSubstr(fmt::format("id: {}\n", first))));
    EXPECT_LT(told.find(fmt::format("id: {}\n", second)), told.find(fmt::format("id: {}\n", third)));
    const auto all = next_with(stream(1000, 0), fmt::format("id: {}\n", third));
    EXPECT_THAT(all, HasSubstr(fmt::format("id: {}\n", first)));
    // What was read meanwhile is told as such.
    send("PUT", path(first, "/read"));
    const auto after_read = next_with(stream(1000, third), "event: read");
    EXPECT_THAT(after_read, HasSubstr(fmt::format("event: read\ndata: {{\"notificationId\":{},", first)));
    EXPECT_THAT(after_read, Not(HasSubstr("event: notification")));
}

TEST_P(inbox_routes_contract, tabs_agree_on_what_was_read) {
    const auto id = put_in(1000, "news");
    const auto one = stream(user(1000));
    const auto other = stream(user(1000));
    next(one);
    next(other);
    const auto read = send("PUT", path(id, "/read"));
    ASSERT_EQ(read.status, 200U) << read.body;
    const auto read_at = json(read).at("notification").at("readAt");
    EXPECT_TRUE(read_at.is_string());
    const auto expected = fmt::format(
        "event: read\ndata: {{\"notificationId\":{},\"readAt\":{}}}\n\n", id, boost::json::serialize(read_at)
    );
    EXPECT_EQ(next_with(one, "\n\n"), expected);
    EXPECT_EQ(next_with(other, "\n\n"), expected);
    EXPECT_EQ(send("DELETE", path(id, "/read")).status, 200U);
    EXPECT_EQ(
        next_with(one, "\n\n"),
        fmt::format("event: read\ndata: {{\"notificationId\":{},\"readAt\":null}}\n\n", id)
    );
}

TEST_P(inbox_routes_contract, a_read_state_is_set_once_and_only_by_its_user) {
    const auto id = put_in(1000, "news");
    EXPECT_EQ(send("PUT", path(id, "/read"), "", 1001).status, 404U);
    EXPECT_EQ(send("PUT", "/77777777/read").status, 404U);
    const auto mail =
        send("POST", "", R"({"channel":"email","address":"ada@example.org","subject":"s","text":"t"})", 1000);
    const auto mail_id = json(mail).at("notification").at("notificationId").as_int64();
    EXPECT_EQ(send("PUT", path(mail_id, "/read")).status, 404U) << "it is in no inbox";

    const auto first = send("PUT", path(id, "/read"));
    EXPECT_EQ(header(first, "ETag"), "\"2\"");
    const auto second = send("PUT", path(id, "/read"));
    EXPECT_EQ(second.body, first.body) << "the same again changes nothing";
    const auto stale = with(request("DELETE", path(id, "/read"), user(1000)), "if-match", "\"1\"");
    EXPECT_EQ(send(stale).status, 412U);
    const auto fresh = with(request("DELETE", path(id, "/read"), user(1000)), "if-match", "\"2\"");
    const auto unread_again = send(fresh);
    EXPECT_EQ(unread_again.status, 200U);
    EXPECT_TRUE(json(unread_again).at("notification").at("readAt").is_null());
    EXPECT_EQ(send("DELETE", path(id, "/read")).body, unread_again.body);
}

TEST_P(inbox_routes_contract, all_up_to_one_are_marked) {
    const auto one = put_in(1000, "one");
    const auto two = put_in(1000, "two");
    const auto three = put_in(1000, "three");
    const auto theirs = put_in(1001, "theirs");
    EXPECT_EQ(unread(1000), (std::vector{three, two, one}));
    const auto body = fmt::format(R"({{"upTo":{}}})", two);
    EXPECT_EQ(json(send("POST", "/read", body)), (boost::json::object{{"marked", 2}}));
    EXPECT_EQ(json(send("POST", "/read", body)), (boost::json::object{{"marked", 0}}));
    EXPECT_EQ(unread(1000), std::vector{three});
    EXPECT_EQ(unread(1001), std::vector{theirs});
    const auto administrator = user(1000, {"notifications:read", "notifications:admin"});
    const auto of_administrator = send(request("GET", "?unread=true", administrator));
    EXPECT_THAT(of_administrator.body, Not(HasSubstr(std::to_string(theirs)))) << "an inbox is one's own";
}

TEST_P(inbox_routes_contract, bad_input_is_named) {
    for (const auto* wrong : {"x", "-1", "1.5", "9999999999999999999"}) {
        const auto reply = stream(user(1000), wrong);
        EXPECT_EQ(reply.status, 400U) << wrong;
        EXPECT_EQ(fields(reply), std::vector<std::string>{"Last-Event-ID not_allowed"});
    }
    EXPECT_EQ(send("GET", "/stream?all=1").status, 400U);
    EXPECT_EQ(fields(send("POST", "/read", "{}")), std::vector<std::string>{"/upTo required"});
    EXPECT_EQ(send("POST", "/read", R"({"upTo":1,"x":1})").status, 400U);
    EXPECT_EQ(send("GET", "?unread=maybe").status, 400U);
    auto both = request("GET", "?unread=true", user(1000));
    both.query.emplace_back("channel", "email");
    EXPECT_EQ(send(both).status, 400U);
    for (const auto* each : {"/stream", "?unread=true"}) {
        EXPECT_EQ(send("GET", each, "", 0).status, 403U) << "a client has no inbox";
    }
    EXPECT_EQ(send("PUT", "/1000/read", "", 0).status, 403U);
    EXPECT_EQ(send("POST", "/read", R"({"upTo":1})", 0).status, 403U);
}

TEST_P(inbox_routes_contract, a_stream_ends_with_its_token_its_session_and_the_server) {
    auto caller = user(1000);
    caller.session_id = "session-1";
    const auto of_session = stream(caller);
    caller.session_id.clear();
    caller.expires_at_us = now_us() + 300'000;
    const auto of_token = stream(caller);
    const auto of_server = stream(user(1000));
    next(of_session);
    next(of_server);
    revoked_.revoke("session-1", now_us() + 60'000'000);
    EXPECT_EQ(next_with(of_session, "end"), "event: end\ndata: {\"reason\":\"session_revoked\"}\n\n");
    EXPECT_EQ(next(of_session), "");
    EXPECT_THAT(next_with(of_token, "event: end"), HasSubstr("{\"reason\":\"token_expired\"}"));
    of_server.source->end_soon();
    EXPECT_EQ(next(of_server), "event: end\ndata: {\"reason\":\"server_stopping\"}\n\n");
    EXPECT_EQ(next(of_server), "");
}

TEST_P(inbox_routes_contract, a_digest_is_shown_when_it_is_due_and_told_then) {
    put_in(1000, "first");
    const auto own = stream(user(1000));
    next(own);
    const auto due = now_us() + 400'000;
    const boost::json::object message{
        {"channel", "in_app"},
        {"userId", 1000},
        {"subject", "later"},
        {"text", "body"},
        {"deliverAt", format_instant(due)}
    };
    const auto made = json(send("POST", "", boost::json::serialize(message))).at("notification").as_object();
    const auto id = made.at("notificationId").as_int64();
    EXPECT_EQ(made.at("status"), "pending");
    EXPECT_EQ(made.at("scheduledAt").as_string(), format_instant(due));
    EXPECT_EQ(send("PUT", path(id, "/read")).status, 404U) << "the inbox does not show it yet";
    const auto newer = put_in(1000, "newer");
    EXPECT_THAT(next_with(own, "\n\n"), StartsWith(fmt::format("id: {}\n", newer)));
    const auto told = next_with(own, "\n\n");
    EXPECT_THAT(told, StartsWith(fmt::format("id: {}\nevent: notification\n", id)));
    EXPECT_THAT(told, HasSubstr("\"title\":\"later\",\"body\":\"body\""));
    EXPECT_GE(now_us(), due);
    // It has the smaller id, and is news all the same for whoever saw only the other one.
    EXPECT_THAT(next_with(stream(1000, newer), "\"later\""), HasSubstr(fmt::format("id: {}\n", id)));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    inbox_routes_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
