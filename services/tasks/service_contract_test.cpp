// The task service over REST with both databases and the embedded event log, and the events that come out.
#include <boost/asio/use_future.hpp>

#include "services/tasks/contract.hpp"
#include "services/tasks/service_fixture.hpp"

namespace esm::tasks {
namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;

constexpr auto small_job =
    R"({"taskType":"data_processing","parameters":{"format":"csv","csv":"a\n1\n2\n"},"tags":["t"]})";

class task_service_contract : public task_service_fixture {};

TEST_P(task_service_contract, routes_are_those_of_the_contract) {
    std::set<std::string> promised, kept;
    for (const auto& each : contract_routes) {
        if (each.path.starts_with(base))
            promised.insert(fmt::format("{} {} {}", each.method, each.path, each.scope));
    }
    for (const auto& each : routes_)
        kept.insert(fmt::format("{} {} {}", each.method, each.pattern, each.scope));
    EXPECT_EQ(promised, kept);
}

TEST_P(task_service_contract, from_creation_to_completion) {
    const auto reply = post(small_job);
    ASSERT_EQ(reply.status, 201U) << reply.body;
    const auto id = id_in(reply);
    EXPECT_EQ(header(reply, "Location"), std::string(base) + "/tasks/" + id);
    EXPECT_EQ(header(reply, "ETag"), "\"1\"");
    EXPECT_EQ(task_in(reply).at("status"), "pending");
    EXPECT_EQ(task_in(reply).at("userId"), 1001);
    const auto done = ended(id);
    EXPECT_EQ(done.at("status"), "completed");
    EXPECT_EQ(done.at("result").at("rowCount"), 2);

    const auto events = next_events(3);
    ASSERT_EQ(events.size(), 3U);
    const std::vector<std::string> types{"task.created.v1", "task.started.v1", "task.completed.v1"};
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(events[i].type, types[i]);
        EXPECT_EQ(events[i].key, id);
        EXPECT_EQ(events[i].aggregate_version, static_cast<std::int64_t>(i) + 1);
        EXPECT_EQ(events[i].correlation_id, "corr-1");
        EXPECT_EQ(bj::parse(events[i].data).at("taskId"), done.at("taskId"));
    }
    EXPECT_EQ(bj::parse(events[0].data), bj::value(task_in(reply)));
    EXPECT_EQ(bj::parse(events[2].data), bj::value(done));
}

TEST_P(task_service_contract, a_failing_task_says_why_in_its_event) {
    const auto id =
        id_in(post(R"({"taskType":"data_processing","parameters":{"format":"csv","csv":"a,b\n1\n"}})"));
    const auto failed = ended(id);
    EXPECT_EQ(failed.at("status"), "failed");
    const auto events = next_events(3);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[2].type, "task.failed.v1");
    EXPECT_EQ(
        bj::parse(events[2].data).at("errorMessage"), "csv line 2: row 1 has 1 cells, the header has 2"
    );
}

TEST_P(task_service_contract, bad_bodies_are_named) {
    using strings = std::vector<std::string>;
    const auto refused = [&](unsigned status, std::string body) {
        const auto reply = post(std::move(body));
        EXPECT_EQ(reply.status, status) << reply.body;
        return fields(reply);
    };
    EXPECT_EQ(refused(400, "{}"), (strings{"/taskType required", "/parameters required"}));
    EXPECT_EQ(
        refused(400, R"({"taskType":1,"parameters":[],"colour":"x"})"),
        (strings{"/taskType wrong_type", "/parameters wrong_type", "/colour unknown_field"})
    );
    EXPECT_EQ(
        refused(422, R"({"taskType":"x","parameters":{},"priority":"urgent"})"),
        strings{"/priority not_allowed"}
    );
    EXPECT_EQ(
        refused(422, R"({"taskType":"x","parameters":{},"maxAttempts":0,"tags":["a","a"]})"),
        (strings{"/maxAttempts out_of_range", "/tags/1 duplicate"})
    );
    EXPECT_EQ(
        refused(
            422,
            R"({"taskType":"data_processing","parameters":{"format":"csv","csv":"a","steps":[{"op":"x"}]}})"
        ),
        strings{"/parameters/steps/0/op not_allowed"}
    );
    EXPECT_EQ(post("not json").status, 400U);
    auto form = request("POST", "/tasks", user(1001), "a=b");
    form.headers = {{"content-type", "application/x-www-form-urlencoded"}};
    EXPECT_EQ(send(form).status, 415U);
}

TEST_P(task_service_contract, tasks_belong_to_their_users) {
    const auto id = id_in(post(small_job));
    const auto other = user(1002);
    const auto admin = user(7, {"tasks:read", "tasks:write", "tasks:admin"});
    auto by_role = user(8);
    by_role.roles = {"admin"};
    EXPECT_EQ(get("/tasks/" + id, other).status, 404U);
    EXPECT_EQ(send(request("PUT", "/tasks/" + id + "/cancel", other)).status, 404U);
    EXPECT_EQ(get("/tasks/" + id, admin).status, 200U);
    EXPECT_EQ(get("/tasks/" + id, by_role).status, 200U);
    EXPECT_EQ(get("/tasks/12345678", admin).status, 404U);
    EXPECT_EQ(get("/tasks/abc").status, 404U);
    EXPECT_EQ(bj::parse(get("/tasks", other).body).at("tasks").as_array().size(), 0U);
    EXPECT_EQ(bj::parse(get("/tasks", admin).body).at("tasks").as_array().size(), 1U);
    const std::string for_other = R"({"taskType":"x","parameters":{},"userId":1002})";
    EXPECT_EQ(post(for_other).status, 403U);
    EXPECT_EQ(task_in(post(for_other, admin)).at("userId"), 1002);
    EXPECT_EQ(task_in(post(for_other, other)).at("userId"), 1002);
}

TEST_P(task_service_contract, an_idempotency_key_creates_once) {
    const auto keyed = [&](std::string body, std::string key = "key-1") {
        auto call = request("POST", "/tasks", user(1001), std::move(body));
        call.headers.emplace_back("idempotency-key", std::move(key));
        return call;
    };
    std::vector<std::future<http::response>> replies;
    for (unsigned i = 0; i < 20; ++i) {
        replies.push_back(asio::co_spawn(runtime_.at(i % 2), serve(keyed(small_job)), asio::use_future));
    }
    std::set<std::string> ids;
    for (auto& each : replies) {
        const auto reply = each.get();
        ASSERT_EQ(reply.status, 201U) << reply.body;
        ids.insert(id_in(reply));
    }
    EXPECT_EQ(ids.size(), 1U);
    EXPECT_EQ(send(keyed(R"({"taskType":"other","parameters":{}})")).status, 422U);
    EXPECT_EQ(send(keyed(small_job, "key-2")).status, 201U);
    EXPECT_EQ(bj::parse(get("/tasks").body).at("tasks").as_array().size(), 2U);
}

TEST_P(task_service_contract, entity_tags) {
    const auto id = id_in(post(R"({"taskType":"external","parameters":{}})"));
    auto call = request("GET", "/tasks/" + id, user(1001));
    call.headers.emplace_back("if-none-match", "W/\"0\", \"1\"");
    const auto unchanged = send(call);
    EXPECT_EQ(unchanged.status, 304U);
    EXPECT_TRUE(unchanged.body.empty());
    EXPECT_EQ(header(unchanged, "ETag"), "\"1\"");
    EXPECT_EQ(send(request("PUT", "/tasks/" + id + "/cancel", user(1001))).status, 200U);
    EXPECT_EQ(send(call).status, 200U);
}

TEST_P(task_service_contract, cancel_over_rest) {
    const auto later = format_instant(now_us() + 3'600'000'000);
    const auto id = id_in(post(
        R"({"taskType":"data_processing","parameters":{"format":"csv","csv":"a"},"runAt":")" + later + "\"}"
    ));
    const auto reply = send(request("PUT", "/tasks/" + id + "/cancel", user(1001)));
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(task_in(reply).at("status"), "cancelled");
    EXPECT_EQ(header(reply, "ETag"), "\"2\"");
    const auto again = send(request("PUT", "/tasks/" + id + "/cancel", user(1001)));
    EXPECT_EQ(again.status, 409U);
    EXPECT_EQ(bj::parse(again.body).at("code"), "task_already_terminal");
    const auto events = next_events(2);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].type, "task.cancelled.v1");
    EXPECT_EQ(events[1].aggregate_version, 2);
}

TEST_P(task_service_contract, lists_with_filters_and_cursors) {
    for (int i = 0; i < 5; ++i)
        post(R"({"taskType":"external","parameters":{},"tags":["even"],"queue":"q"})");
    post(R"({"taskType":"other","parameters":{}})");
    const auto first = get("/tasks?type=external&limit=2");
    const auto page = bj::parse(first.body).as_object();
    EXPECT_EQ(page.at("tasks").as_array().size(), 2U);
    EXPECT_EQ(page.at("pagination").at("limit"), 2);
    EXPECT_EQ(page.at("pagination").at("hasMore"), true);
    const std::string cursor(page.at("pagination").at("nextCursor").as_string());
    EXPECT_NE(header(first, "Link").find("rel=\"next\""), std::string::npos);
    const auto second = bj::parse(get("/tasks?type=external&limit=10&cursor=" + cursor).body);
    EXPECT_EQ(second.at("tasks").as_array().size(), 3U);
    EXPECT_EQ(second.at("pagination").at("hasMore"), false);
    EXPECT_TRUE(second.at("pagination").at("nextCursor").is_null());
    EXPECT_EQ(get("/tasks?type=other&cursor=" + cursor).status, 400U) << "a cursor of another filter";
    EXPECT_EQ(get("/tasks?cursor=made-up").status, 400U);
    for (const auto* bad :
         {"status=done", "priority=urgent", "createdAfter=yesterday", "limit=0", "page=2", "tag="}) {
        EXPECT_EQ(get(std::string("/tasks?") + bad).status, 400U) << bad;
    }
    EXPECT_EQ(
        bj::parse(get("/tasks?tag=even&queue=q&status=pending").body).at("tasks").as_array().size(), 5U
    );
}

TEST_P(task_service_contract, task_types) {
    const auto types = bj::parse(get("/task-types").body).at("taskTypes").as_array();
    std::set<std::string> names;
    for (const auto& each : types) {
        names.emplace(each.at("taskType").as_string());
        EXPECT_EQ(each.at("parametersSchema").at("type"), "object");
    }
    EXPECT_EQ(
        names,
        (std::set<std::string>{
            "data_export", "data_processing", "file_upload", "image_processing", "noop", "report_generation"
        })
    );
}

TEST_P(task_service_contract, users_are_learned_and_a_poison_event_does_not_stop_them) {
    const auto publish = [&](std::string data) {
        auto one =
            events::make_event(user_topic, "user.registered.v1", "/users", "1001", 1, std::move(data), {});
        EXPECT_EQ(runtime_.block_on(log_->publish({one}, 5s)), std::vector{true});
    };
    publish(R"({"userId":"not a number"})");
    publish(R"({"userId":1001})");
    const auto until = std::chrono::steady_clock::now() + 20s;
    const auto dead = "consumer_dead_events{group=\"tasks\",service=\"tasks\"} 1";
    const auto applied = "consumer_applied_events{group=\"tasks\",service=\"tasks\"} 1";
    for (std::string seen; std::chrono::steady_clock::now() < until; std::this_thread::sleep_for(20ms)) {
        seen = metrics_.scrape();
        if (seen.find(dead) != std::string::npos && seen.find(applied) != std::string::npos) return;
    }
    FAIL() << metrics_.scrape();
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    task_service_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
