// What REST shows and sets of the engine, on both databases: queues, attempts, logs, tasks run again.
#include "services/tasks/service_fixture.hpp"

namespace esm::tasks {
namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;

constexpr auto nothing_to_do = R"({"taskType":"noop","parameters":{},"queue":"q"})";
constexpr auto external_job = R"({"taskType":"render","parameters":{"page":1},"queue":"q","tags":["t"]})";

class engine_routes_contract : public task_service_fixture {
protected:
    http::response call(std::string method, std::string path, std::string body = {}) {
        return send(request(std::move(method), std::move(path), admin_, std::move(body)));
    }
    static bj::object queue_in(const http::response& reply) {
        EXPECT_EQ(reply.status, 200U) << reply.body;
        return bj::parse(reply.body).at("queue").as_object();
    }
    bj::object queue_named(std::string_view name) {
        const auto listed = bj::parse(call("GET", "/queues").body);
        for (const auto& each : listed.at("queues").as_array()) {
            if (std::string_view(each.at("name").as_string()) == name) return each.as_object();
        }
        return {};
    }
    std::string status_of(const std::string& id) {
        return std::string(task_in(get("/tasks/" + id)).at("status").as_string());
    }

    // As a worker of the type would; its end is not told to the service.
    lease::held claimed(const std::string& type) {
        lease::claimer claims(scratch_.get(), {external_pool(type), "worker-7", 60s});
        auto items = runtime_.block_on(claims.take(1, nullptr));
        EXPECT_EQ(items.size(), 1U);
        return items.at(0);
    }
    void end(const lease::held& item, happening what, std::string text) {
        runtime_.block_on(scratch_.get().transact(soon(), [&](db::transaction& tx) -> awaitable<bool> {
            const auto rows = co_await task_store::load(tx, {item.id});
            attempt_end over{item, std::make_shared<const task>(rows.at(0)), what};
            (what == happening::completed ? over.result : over.error_message) = text;
            over.lines = {{now_us(), log_severity::info, text}};
            const auto written = co_await ends_.write(tx, {over});
            EXPECT_TRUE(written.at(0).has_value());
            co_return true;
        }));
    }

    const principal admin_ = user(7, {"tasks:read", "tasks:write", "tasks:admin"});
    handler_set none_;
    outbox::outbox outbox_{[] {}};
    transitions changes_{
        {none_, outbox_, true, [](const std::vector<std::string>&) {}, [](const std::vector<std::int64_t>&) {}
        }
    };
    end_attempts ends_{changes_, retry_policy({1ms, 2ms})};
};

TEST_P(engine_routes_contract, a_paused_queue_rests_until_it_is_resumed) {
    auto paused = queue_in(call("POST", "/queues/q/pause"));
    EXPECT_EQ(
        paused,
        (bj::object{
            {"name", "q"},
            {"paused", true},
            {"concurrency", nullptr},
            {"ratePerMinute", nullptr},
            {"waiting", 0},
            {"running", 0}
        })
    );
    const auto id = id_in(post(nothing_to_do));
    EXPECT_EQ(ended(id_in(post(R"({"taskType":"noop","parameters":{}})"))).at("status"), "completed");
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(status_of(id), "pending");
    EXPECT_EQ(queue_named("q").at("waiting"), 1);
    EXPECT_EQ(queue_in(call("POST", "/queues/q/resume")).at("paused"), false);
    EXPECT_EQ(ended(id).at("status"), "completed");
}

TEST_P(engine_routes_contract, a_queue_runs_no_more_at_once_than_it_may) {
    EXPECT_EQ(queue_in(call("PUT", "/queues/q", R"({"concurrency":2})")).at("concurrency"), 2);
    std::vector<std::string> ids;
    for (int i = 0; i < 8; ++i) {
        ids.push_back(id_in(post(R"({"taskType":"noop","parameters":{"sleepMs":150},"queue":"q"})")));
    }
    std::int64_t most = 0;
    EXPECT_TRUE(esm::testing::eventually(20s, [&] {
        const auto now = queue_named("q");
        most = std::max(most, now.at("running").as_int64());
        return now.at("running") == 0 && now.at("waiting") == 0;
    }));
    EXPECT_EQ(most, 2);
    for (const auto& id : ids) EXPECT_EQ(status_of(id), "completed");
    const auto free = queue_in(call("PUT", "/queues/q", "{}"));
    EXPECT_TRUE(free.at("concurrency").is_null()) << "what is not named is not limited";
}

TEST_P(engine_routes_contract, a_queue_begins_no_more_a_minute_than_it_may) {
    EXPECT_EQ(queue_in(call("PUT", "/queues/q", R"({"ratePerMinute":120})")).at("ratePerMinute"), 120);
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(id_in(post(nothing_to_do)));
    for (const auto& id : ids) EXPECT_EQ(ended(id).at("status"), "completed");
    const auto took = std::chrono::steady_clock::now() - begun;
    EXPECT_GE(took, 1400ms) << "a second's worth at once, then one each half second";
    EXPECT_LT(took, 10s);
}

TEST_P(engine_routes_contract, queues_have_rules) {
    EXPECT_EQ(call("POST", "/queues/No/pause").status, 404U);
    EXPECT_EQ(call("PUT", "/queues/No", "{}").status, 404U);
    for (const auto* each : {R"({"concurrency":0})", R"({"concurrency":100001})", R"({"ratePerMinute":0})"}) {
        EXPECT_EQ(call("PUT", "/queues/q", each).status, 422U) << each;
    }
    EXPECT_EQ(call("PUT", "/queues/q", R"({"rate":1})").status, 400U);
    EXPECT_EQ(call("GET", "/queues?limit=1").status, 400U);
    EXPECT_EQ(bj::parse(call("GET", "/queues").body).at("queues").as_array().size(), 0U);
}

TEST_P(engine_routes_contract, attempts_are_told_one_by_one) {
    const auto id = id_in(post(external_job));
    const auto attempts = [&] {
        return bj::parse(get("/tasks/" + id + "/attempts").body).at("attempts").as_array();
    };
    EXPECT_TRUE(attempts().empty());
    const auto first = claimed("render");
    auto shown = attempts();
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0].at("attempt"), 1);
    EXPECT_EQ(shown[0].at("outcome"), "running");
    EXPECT_EQ(shown[0].at("worker"), "worker-7");
    EXPECT_TRUE(shown[0].at("endedAt").is_null());
    end(first, happening::given_back, "not mine");
    EXPECT_EQ(attempts().at(0).at("outcome"), "released");
    const auto second = claimed("render");
    EXPECT_EQ(attempts().size(), 2U);
    end(second, happening::completed, "{}");
    shown = attempts();
    ASSERT_EQ(shown.size(), 2U);
    EXPECT_EQ(shown[1].at("attempt"), 2);
    EXPECT_EQ(shown[1].at("outcome"), "completed");
    EXPECT_FALSE(shown[1].at("endedAt").is_null());
    EXPECT_EQ(get("/tasks/" + id + "/attempts", user(1002)).status, 404U);
    EXPECT_EQ(get("/tasks/" + id + "/attempts", admin_).status, 200U);
    EXPECT_EQ(get("/tasks/" + id + "/attempts?limit=1").status, 400U);
}

TEST_P(engine_routes_contract, an_attempt_that_failed_stays_so_when_its_task_is_cancelled) {
    const auto id = id_in(post(external_job));
    end(claimed("render"), happening::given_back, "not mine");
    EXPECT_EQ(send(request("PUT", "/tasks/" + id + "/cancel", user(1001))).status, 200U);
    const auto shown = bj::parse(get("/tasks/" + id + "/attempts").body).at("attempts").as_array();
    ASSERT_EQ(shown.size(), 1U);
    EXPECT_EQ(shown[0].at("outcome"), "released");
    EXPECT_EQ(shown[0].at("errorMessage"), "not mine");
}

TEST_P(engine_routes_contract, logs_page_by_page_and_by_attempt) {
    const auto id = id_in(post(external_job));
    end(claimed("render"), happening::given_back, "first");
    end(claimed("render"), happening::given_back, "second");
    end(claimed("render"), happening::completed, "\"third\"");
    const auto page = [&](const std::string& query) {
        const auto reply = get("/tasks/" + id + "/logs" + query);
        EXPECT_EQ(reply.status, 200U) << reply.body;
        return bj::parse(reply.body).as_object();
    };
    const auto all = page("");
    ASSERT_EQ(all.at("logs").as_array().size(), 3U);
    EXPECT_TRUE(all.at("nextCursor").is_null());
    EXPECT_EQ(all.at("logs").at(0).at("attempt"), 1);
    EXPECT_EQ(all.at("logs").at(0).at("message"), "first");
    EXPECT_EQ(all.at("logs").at(0).at("severity"), "info");
    const auto some = page("?limit=2");
    EXPECT_EQ(some.at("logs").as_array().size(), 2U);
    const auto rest = page("?limit=2&cursor=" + std::string(some.at("nextCursor").as_string()));
    ASSERT_EQ(rest.at("logs").as_array().size(), 1U);
    EXPECT_EQ(rest.at("logs").at(0).at("message"), "\"third\"");
    EXPECT_TRUE(rest.at("nextCursor").is_null());
    const auto second = page("?attempt=2").at("logs").as_array();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].at("message"), "second");
    EXPECT_TRUE(page("?attempt=9").at("logs").as_array().empty());
    for (const auto* bad : {"?attempt=0", "?attempt=x", "?cursor=made-up", "?page=2"}) {
        EXPECT_EQ(get("/tasks/" + id + "/logs" + bad).status, 400U) << bad;
    }
    EXPECT_EQ(get("/tasks/" + id + "/logs", user(1002)).status, 404U);
}

TEST_P(engine_routes_contract, an_ended_task_is_run_again_as_a_new_one) {
    const auto id = id_in(post(external_job));
    const auto retry = [&](principal caller) {
        return send(request("POST", "/tasks/" + id + "/retry", std::move(caller)));
    };
    EXPECT_EQ(retry(user(1001)).status, 409U) << "it waits";
    const auto held = claimed("render");
    const auto running = retry(user(1001));
    EXPECT_EQ(running.status, 409U) << "it runs";
    EXPECT_EQ(bj::parse(running.body).at("code"), "conflict");
    end(held, happening::failed, "no paper");
    EXPECT_EQ(retry(user(1002)).status, 404U);
    const auto reply = retry(user(1001));
    ASSERT_EQ(reply.status, 201U) << reply.body;
    const auto again = task_in(reply);
    EXPECT_EQ(std::to_string(again.at("retryOf").as_int64()), id);
    EXPECT_NE(id_in(reply), id);
    EXPECT_EQ(again.at("status"), "pending");
    for (const auto* same :
         {"taskType", "parameters", "queue", "tags", "userId", "maxAttempts", "priority"}) {
        EXPECT_EQ(again.at(same), task_in(get("/tasks/" + id)).at(same)) << same;
    }
    EXPECT_EQ(status_of(id), "failed");
    EXPECT_EQ(claimed("render").id, again.at("taskId").as_int64());
}

TEST_P(engine_routes_contract, links_over_rest) {
    const auto parent = id_in(post(external_job));
    const auto child = post(
        R"({"taskType":"noop","parameters":{},"uniqueKey":"k","onParentFailure":"skip","dependsOn":[)" +
        parent + "]}"
    );
    ASSERT_EQ(child.status, 201U) << child.body;
    EXPECT_EQ(task_in(child).at("status"), "blocked");
    EXPECT_EQ(task_in(child).at("uniqueKey"), "k");
    EXPECT_EQ(task_in(child).at("onParentFailure"), "skip");
    EXPECT_EQ(task_in(child).at("dependsOn").as_array().size(), 1U);
    const auto existing = post(R"({"taskType":"noop","parameters":{},"uniqueKey":"k"})");
    EXPECT_EQ(existing.status, 200U) << "not created";
    EXPECT_EQ(id_in(existing), id_in(child));
    const auto refused = post(R"({"taskType":"noop","parameters":{},"uniqueKey":"k","onConflict":"reject"})");
    EXPECT_EQ(refused.status, 409U);
    EXPECT_EQ(bj::parse(refused.body).at("code"), "unique_key_in_use");
    end(claimed("render"), happening::failed, "no paper");
    EXPECT_EQ(ended(id_in(child)).at("status"), "cancelled");
    EXPECT_EQ(
        fields(post(R"({"taskType":"noop","parameters":{},"dependsOn":[4242]})")),
        std::vector<std::string>{"/dependsOn not_found"}
    );
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    engine_routes_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
