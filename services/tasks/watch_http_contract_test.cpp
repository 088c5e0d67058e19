// The routes that watch tasks, through the whole service: the text of events, resuming, long polls, callers
// whose token ends.
#include <gmock/gmock.h>

#include "services/tasks/service_fixture.hpp"

namespace esm::tasks {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto external = R"({"taskType":"external","parameters":{"a":1}})";

class watch_routes : public task_service_fixture {
protected:
    http::response events(std::string path, principal caller = user(1001), std::string last_id = {}) {
        auto call = request("GET", std::move(path), std::move(caller));
        if (!last_id.empty()) call.headers.emplace_back("last-event-id", std::move(last_id));
        return send(std::move(call));
    }
    std::string next(const http::response& from) { return runtime_.block_on(from.source->next()); }
    // The text up to and with what holds `part`, within ten seconds.
    std::string next_with(const http::response& from, std::string_view part) {
        std::string text;
        for (const auto until = deadline_in(10s); clock::now() < until;) {
            text += next(from);
            if (text.find(part) != std::string::npos) return text;
        }
        return text;
    }
    http::response polled(const http::response& from) {
        return from.source ? *runtime_.block_on(from.source->instead()) : from;
    }
    http::response poll(
        const std::string& path, std::string if_none_match = {}, principal caller = user(1001)
    ) {
        auto call = request("GET", path, std::move(caller));
        if (!if_none_match.empty()) call.headers.emplace_back("if-none-match", std::move(if_none_match));
        return polled(send(std::move(call)));
    }
    void cancel(const std::string& id) { send(request("PUT", "/tasks/" + id + "/cancel", user(1001))); }
    void cancel_later(const std::string& id, std::chrono::milliseconds pause) {
        later_ = std::thread([this, id, pause] {
            std::this_thread::sleep_for(pause);
            cancel(id);
        });
    }
    ~watch_routes() override {
        if (later_.joinable()) later_.join();
    }

    std::thread later_;
};

TEST_P(watch_routes, a_task_is_followed_to_its_end) {
    const auto id = id_in(post(external));
    const auto stream = events("/tasks/" + id + "/events");
    EXPECT_EQ(stream.status, 200U);
    EXPECT_EQ(stream.content_type, "text/event-stream");
    const auto first = next(stream);
    EXPECT_THAT(first, StartsWith("retry: 2000\n\nid: 1\nevent: pending\ndata: {\"task\":{\"taskId\":" + id));
    cancel(id);
    const auto last = next_with(stream, "\n\n");
    EXPECT_EQ(last, "id: 2\nevent: cancelled\ndata: " + get("/tasks/" + id).body + "\n\n");
    EXPECT_EQ(next(stream), "") << "the end";

    const auto again = events("/tasks/" + id + "/events");
    EXPECT_THAT(next(again), HasSubstr("id: 2\nevent: cancelled\n"));
    EXPECT_EQ(next(again), "");
    EXPECT_THAT(next(events("/tasks/" + id + "/events", user(1001), "1")), HasSubstr("id: 2\n"));
    EXPECT_EQ(events("/tasks/" + id + "/events", user(1001), "2").status, 204U);
}

TEST_P(watch_routes, who_comes_back_is_told_of_what_is_newer) {
    const auto id = id_in(post(external));
    const auto stream = events("/tasks/" + id + "/events", user(1001), "1");
    EXPECT_EQ(next(stream), "retry: 2000\n\n");
    cancel(id);
    EXPECT_THAT(next_with(stream, "\n\n"), StartsWith("id: 2\nevent: cancelled\n"));
}

TEST_P(watch_routes, other_peoples_tasks_are_not_shown) {
    const auto id = id_in(post(external));
    const auto path = "/tasks/" + id + "/events";
    EXPECT_EQ(events(path, user(1002)).status, 404U);
    EXPECT_EQ(events("/tasks/77777777/events").status, 404U);
    EXPECT_EQ(events(path, user(1, {"tasks:read", "tasks:admin"})).status, 200U);
    EXPECT_EQ(poll("/tasks/" + id + "?wait=5s", {}, user(1002)).status, 404U);
    EXPECT_EQ(events("/tasks/events?userId=1001", user(1002)).status, 403U);
    EXPECT_EQ(events("/tasks/events?userId=1001", user(1001)).status, 200U);
    const auto by_admin = events("/tasks/events?userId=1001", user(1, {"tasks:read", "tasks:admin"}));
    EXPECT_THAT(next_with(by_admin, "event: current"), HasSubstr("\"taskId\":" + id));
}

TEST_P(watch_routes, bad_input_is_named) {
    const auto id = id_in(post(external));
    for (const auto* wrong : {"x", "-1", "1.5", "99999999999999999999"}) {
        const auto reply = events("/tasks/" + id + "/events", user(1001), wrong);
        EXPECT_EQ(reply.status, 400U) << wrong;
        EXPECT_EQ(fields(reply), std::vector<std::string>{"Last-Event-ID not_allowed"});
        EXPECT_EQ(events("/tasks/events", user(1001), wrong).status, 400U);
    }
    for (const auto* wrong : {"x", "0", "999", ""}) {
        const auto reply = events(fmt::format("/tasks/events?userId={}", wrong));
        EXPECT_EQ(reply.status, 400U) << wrong;
        EXPECT_EQ(fields(reply), std::vector<std::string>{"userId not_allowed"});
    }
    for (const auto* wrong : {"", "s", "30", "61s", "-1s", "030s", "1.5s", "1m"}) {
        const auto reply = get(fmt::format("/tasks/{}?wait={}", id, wrong));
        EXPECT_EQ(reply.status, 400U) << wrong;
        EXPECT_EQ(fields(reply), std::vector<std::string>{"wait not_allowed"});
    }
    EXPECT_EQ(events("/tasks/events?all=1").status, 400U);
    principal client;
    client.scopes = {"tasks:read"};
    EXPECT_EQ(events("/tasks/events", client).status, 400U) << "a client has no tasks of its own";
}

TEST_P(watch_routes, all_tasks_of_a_user_are_followed) {
    const auto one = id_in(post(external));
    const auto stream = events("/tasks/events");
    const auto first = next_with(stream, "event: current\ndata: {}\n\n");
    EXPECT_THAT(first, HasSubstr("event: pending\ndata: {\"task\":{\"taskId\":" + one));
    const auto two = id_in(post(external));
    EXPECT_THAT(next_with(stream, "\"taskId\":" + two), HasSubstr("event: pending\n"));
    cancel(one);
    const auto ended = next_with(stream, "event: cancelled\n");
    EXPECT_THAT(ended, HasSubstr("\"taskId\":" + one));
    const auto last_id = ended.substr(4, ended.find('\n') - 4);
    cancel(two);
    EXPECT_THAT(next_with(events("/tasks/events", user(1001), last_id), "event: current"), HasSubstr(two));
}

TEST_P(watch_routes, a_stream_ends_with_its_token_its_session_and_the_server) {
    const auto id = id_in(post(external));
    const auto path = "/tasks/" + id + "/events";
    auto caller = user(1001);
    caller.session_id = "session-1";
    const auto of_session = events(path, caller);
    caller.session_id.clear();
    caller.expires_at_us = now_us() + 300'000;
    const auto of_token = events("/tasks/events", caller);
    const auto of_server = events(path);
    next(of_session);
    next(of_server);
    const auto revoked_at = clock::now();
    revoked_.revoke("session-1", now_us() + 60'000'000);
    EXPECT_EQ(next_with(of_session, "end"), "event: end\ndata: {\"reason\":\"session_revoked\"}\n\n");
    EXPECT_LT(clock::now() - revoked_at, 1s);
    EXPECT_EQ(next(of_session), "");
    EXPECT_THAT(next_with(of_token, "event: end"), HasSubstr("{\"reason\":\"token_expired\"}"));
    EXPECT_EQ(next(of_token), "");
    of_server.source->end_soon();
    EXPECT_EQ(next(of_server), "event: end\ndata: {\"reason\":\"server_stopping\"}\n\n");
    EXPECT_EQ(next(of_server), "");
}

TEST_P(watch_routes, a_long_poll_waits_for_a_change) {
    const auto id = id_in(post(external));
    const auto path = "/tasks/" + id;
    EXPECT_EQ(poll(path + "?wait=0s").status, 200U);
    EXPECT_EQ(poll(path + "?wait=10s", "\"7\"").status, 200U) << "another version is news";
    auto begun = clock::now();
    EXPECT_EQ(poll(path + "?wait=1s", "\"1\"").status, 304U);
    EXPECT_GE(clock::now() - begun, 900ms);
    begun = clock::now();
    const auto unchanged = poll(path + "?wait=1s");
    EXPECT_EQ(unchanged.status, 200U);
    EXPECT_EQ(task_in(unchanged).at("version").as_int64(), 1);
    EXPECT_GE(clock::now() - begun, 900ms);

    cancel_later(id, 200ms);
    begun = clock::now();
    const auto changed = poll(path + "?wait=20s", "\"1\"");
    EXPECT_EQ(changed.status, 200U);
    EXPECT_EQ(header(changed, "ETag"), "\"2\"");
    EXPECT_EQ(task_in(changed).at("status"), "cancelled");
    EXPECT_LT(clock::now() - begun, 5s);
    EXPECT_EQ(poll(path + "?wait=20s", "\"2\"").status, 304U) << "it has ended: no wait";
    EXPECT_EQ(poll(path + "?wait=20s").status, 200U);
}

TEST_P(watch_routes, a_long_poll_ends_with_its_session_and_the_server) {
    const auto id = id_in(post(external));
    auto caller = user(1001);
    caller.session_id = "session-2";
    auto waiting = send(request("GET", "/tasks/" + id + "?wait=20s", caller));
    revoked_.revoke("session-2", now_us() + 60'000'000);
    const auto refused = polled(waiting);
    EXPECT_EQ(refused.status, 401U);
    EXPECT_THAT(refused.body, HasSubstr("invalid_token"));
    waiting = send(request("GET", "/tasks/" + id + "?wait=20s", user(1001)));
    waiting.source->end_soon();
    EXPECT_EQ(polled(waiting).status, 200U);
    EXPECT_FALSE(send(request("HEAD", "/tasks/" + id + "?wait=20s", user(1001))).source);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    watch_routes,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
