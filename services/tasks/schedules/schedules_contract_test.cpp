// Schedules over REST, with both databases.
#include "services/tasks/service_fixture.hpp"

namespace esm::tasks::schedules {
namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;
using strings = std::vector<std::string>;

constexpr auto nightly = R"({"name":"nightly","cron":"30 2 * * *","timeZone":"Europe/Vienna","task":)"
                         R"({"taskType":"external","parameters":{"a":1},"tags":["t"]}})";

class schedules_contract : public task_service_fixture {
protected:
    http::response make(std::string body, principal caller = user(1001)) {
        return send(request("POST", "/schedules", std::move(caller), std::move(body)));
    }
    http::response patch(const std::string& id, std::string body, std::string if_match = {}) {
        auto call = request("PATCH", "/schedules/" + id, user(1001), std::move(body));
        if (!if_match.empty()) call.headers.emplace_back("if-match", std::move(if_match));
        return send(std::move(call));
    }
    http::response run(const std::string& id, principal caller = user(1001)) {
        return send(request("POST", "/schedules/" + id + "/run", std::move(caller)));
    }
    static bj::object schedule_in(const http::response& reply) {
        return bj::parse(reply.body).at("schedule").as_object();
    }
    std::string made() { return std::to_string(schedule_in(make(nightly)).at("scheduleId").as_int64()); }
    strings refused(unsigned status, std::string body) {
        const auto reply = make(std::move(body));
        EXPECT_EQ(reply.status, status) << reply.body;
        return fields(reply);
    }
    // A valid body with one member set.
    static std::string with(std::string_view name, std::string_view value) {
        auto body = bj::parse(nightly).as_object();
        body[name] = bj::parse(value);
        return bj::serialize(body);
    }
    static std::string with_task(std::string_view name, std::string_view value) {
        auto body = bj::parse(nightly).as_object();
        body["task"].as_object()[name] = bj::parse(value);
        return bj::serialize(body);
    }
};

TEST_P(schedules_contract, created_read_and_deleted) {
    const auto reply = make(nightly);
    ASSERT_EQ(reply.status, 201U) << reply.body;
    const auto shown = schedule_in(reply);
    const auto id = std::to_string(shown.at("scheduleId").as_int64());
    EXPECT_GE(shown.at("scheduleId").as_int64(), 1000);
    EXPECT_EQ(header(reply, "Location"), std::string(base) + "/schedules/" + id);
    EXPECT_EQ(header(reply, "ETag"), "\"1\"");
    EXPECT_EQ(shown.at("userId"), 1001);
    EXPECT_EQ(shown.at("missedRuns"), "run_once");
    EXPECT_EQ(shown.at("overlap"), "allow");
    EXPECT_EQ(shown.at("paused"), false);
    EXPECT_EQ(shown.at("task"), bj::parse(nightly).at("task"));
    const auto next = *parse_instant(shown.at("nextRunAt").as_string());
    EXPECT_GT(next, now_us());
    EXPECT_LE(next, now_us() + 25 * 3600 * 1'000'000LL);
    for (const auto* each : {"startsAt", "endsAt", "lastRunAt", "lastTaskId", "lastError"}) {
        EXPECT_TRUE(shown.at(each).is_null()) << each;
    }
    EXPECT_EQ(get("/schedules/" + id).body, reply.body);
    EXPECT_EQ(header(get("/schedules/" + id), "ETag"), "\"1\"");

    auto stale = request("DELETE", "/schedules/" + id, user(1001));
    stale.headers.emplace_back("if-match", "\"2\"");
    EXPECT_EQ(send(stale).status, 412U);
    EXPECT_EQ(send(request("DELETE", "/schedules/" + id, user(1001))).status, 204U);
    EXPECT_EQ(send(request("DELETE", "/schedules/" + id, user(1001))).status, 404U);
    EXPECT_EQ(get("/schedules/" + id).status, 404U);
}

TEST_P(schedules_contract, bad_bodies_are_named) {
    EXPECT_EQ(refused(400, "{}"), (strings{"/name required", "/cron required", "/task required"}));
    EXPECT_EQ(refused(422, with("cron", R"("* 25 * * *")")), strings{"/cron not_a_cron"});
    EXPECT_EQ(refused(422, with("cron", R"("0 0 30 2 *")")), strings{"/cron not_a_cron"});
    EXPECT_EQ(refused(422, with("timeZone", R"("Mars/Olympus")")), strings{"/timeZone unknown_time_zone"});
    EXPECT_EQ(refused(422, with("endsAt", R"("2020-01-01T00:00:00Z")")), strings{"/cron never_runs"});
    EXPECT_EQ(refused(400, with("userId", R"("1")")), strings{"/userId wrong_type"});
    EXPECT_EQ(refused(400, with("every", "1")), strings{"/every unknown_field"});
    EXPECT_EQ(
        refused(400, with_task("runAt", R"("2030-01-01T00:00:00Z")")), strings{"/task/runAt unknown_field"}
    );
    EXPECT_EQ(refused(400, with_task("userId", "1001")), strings{"/task/userId unknown_field"});
    EXPECT_EQ(refused(400, with_task("dependsOn", "[1000]")), strings{"/task/dependsOn unknown_field"});
    EXPECT_EQ(refused(400, with_task("colour", "1")), strings{"/task/colour unknown_field"});
    EXPECT_EQ(refused(422, with_task("maxAttempts", "0")), strings{"/task/maxAttempts out_of_range"});
    bj::array tags;
    for (int i = 0; i < 20; ++i) tags.push_back(bj::string(std::to_string(i)));
    EXPECT_EQ(refused(422, with_task("tags", bj::serialize(tags))), strings{"/task/tags item_count"});
    EXPECT_EQ(
        refused(422, R"({"name":"n","cron":"x","timeZone":"x","task":{"taskType":"A","parameters":{}}})"),
        (strings{"/cron not_a_cron", "/timeZone unknown_time_zone", "/task/taskType pattern"})
    );
    EXPECT_EQ(
        refused(
            422,
            R"({"name":"n","cron":"@daily","task":{"taskType":"data_processing","parameters":)"
            R"({"format":"csv","csv":"a","steps":[{"op":"x"}]}}})"
        ),
        strings{"/task/parameters/steps/0/op not_allowed"}
    );
    const auto reply = make(with("cron", R"("* 25 * * *")"));
    EXPECT_EQ(bj::parse(reply.body).at("detail"), "cron: field 2 (hour): 25 is not within 0–23");
}

TEST_P(schedules_contract, a_patch_changes_what_it_names) {
    const auto id = made();
    const auto before = schedule_in(get("/schedules/" + id));
    const auto renamed = patch(id, R"({"name":"other","task":{"priority":"high","tags":null}})", "\"1\"");
    ASSERT_EQ(renamed.status, 200U) << renamed.body;
    EXPECT_EQ(header(renamed, "ETag"), "\"2\"");
    const auto after = schedule_in(renamed);
    EXPECT_EQ(after.at("name"), "other");
    EXPECT_EQ(
        after.at("task"), bj::parse(R"({"taskType":"external","parameters":{"a":1},"priority":"high"})")
    );
    EXPECT_EQ(after.at("nextRunAt"), before.at("nextRunAt"));
    EXPECT_EQ(after.at("version"), 2);
    EXPECT_EQ(patch(id, R"({"name":"late"})", "\"1\"").status, 412U);
    EXPECT_EQ(schedule_in(get("/schedules/" + id)), after);

    const auto paused = schedule_in(patch(id, R"({"paused":true})"));
    EXPECT_TRUE(paused.at("nextRunAt").is_null());
    const auto resumed = schedule_in(patch(id, R"({"paused":false})"));
    EXPECT_EQ(resumed.at("nextRunAt"), before.at("nextRunAt"));
    const auto moved = schedule_in(patch(id, R"({"cron":"0 0 1 1 *","timeZone":null})"));
    EXPECT_EQ(moved.at("timeZone"), "UTC");
    EXPECT_EQ(moved.at("nextRunAt").as_string().subview(4), "-01-01T00:00:00.000000Z");

    EXPECT_EQ(fields(patch(id, R"({"cron":null})")), strings{"/cron required"});
    EXPECT_EQ(fields(patch(id, R"({"cron":"x"})")), strings{"/cron not_a_cron"});
    EXPECT_EQ(fields(patch(id, R"({"task":{"parameters":null}})")), strings{"/task/parameters required"});
    EXPECT_EQ(fields(patch(id, R"({"userId":1002})")), strings{"/userId unknown_field"});
    EXPECT_EQ(
        fields(patch(id, R"({"nextRunAt":null,"lastTaskId":1})")), strings{"/lastTaskId unknown_field"}
    );
    EXPECT_EQ(patch("999999", R"({"name":"x"})").status, 404U);
}

TEST_P(schedules_contract, run_by_hand) {
    const auto id = made();
    const auto first = run(id);
    ASSERT_EQ(first.status, 201U) << first.body;
    const auto task = task_in(first);
    EXPECT_EQ(header(first, "Location"), std::string(base) + "/tasks/" + id_in(first));
    EXPECT_EQ(task.at("tags"), bj::parse("[\"t\",\"schedule:" + id + "\"]"));
    EXPECT_EQ(task_in(get("/tasks/" + id_in(first))), task);
    const auto after = schedule_in(get("/schedules/" + id));
    EXPECT_EQ(after.at("lastTaskId"), task.at("taskId"));
    EXPECT_EQ(after.at("lastRunAt"), task.at("runAt"));
    EXPECT_FALSE(after.at("nextRunAt").is_null());
    EXPECT_EQ(run(id).status, 201U);
    EXPECT_EQ(bj::parse(get("/tasks?tag=schedule:" + id).body).at("tasks").as_array().size(), 2U);

    patch(id, R"({"overlap":"skip","paused":true})");
    const auto overlapping = run(id);
    EXPECT_EQ(overlapping.status, 409U) << overlapping.body;
    const auto last = schedule_in(get("/schedules/" + id)).at("lastTaskId").as_int64();
    EXPECT_EQ(send(request("PUT", fmt::format("/tasks/{}/cancel", last), user(1001))).status, 200U);
    EXPECT_EQ(run(id).status, 201U) << "also while paused";
    EXPECT_EQ(run("999999").status, 404U);

    patch(id, R"({"overlap":"allow"})");
    auto keyed = request("POST", "/schedules/" + id + "/run", user(1001));
    keyed.headers.emplace_back("idempotency-key", "run-1");
    EXPECT_EQ(id_in(send(keyed)), id_in(send(keyed)));
}

TEST_P(schedules_contract, they_belong_to_their_users) {
    const auto id = made();
    const auto other = user(1002);
    const auto admin = user(7, {"tasks:read", "tasks:write", "tasks:admin"});
    EXPECT_EQ(get("/schedules/" + id, other).status, 404U);
    EXPECT_EQ(run(id, other).status, 404U);
    EXPECT_EQ(send(request("PATCH", "/schedules/" + id, other, "{}")).status, 404U);
    EXPECT_EQ(send(request("DELETE", "/schedules/" + id, other)).status, 404U);
    EXPECT_EQ(bj::parse(get("/schedules", other).body).at("schedules").as_array().size(), 0U);
    EXPECT_EQ(get("/schedules/" + id, admin).status, 200U);
    EXPECT_EQ(bj::parse(get("/schedules", admin).body).at("schedules").as_array().size(), 1U);
    EXPECT_EQ(task_in(run(id, admin)).at("userId"), 1001) << "its owner's, whoever runs it";
    EXPECT_EQ(make(with("userId", "1002")).status, 403U);
    EXPECT_EQ(schedule_in(make(with("userId", "1002"), admin)).at("userId"), 1002);
    EXPECT_EQ(schedule_in(make(with("userId", "1002"), other)).at("userId"), 1002);
}

TEST_P(schedules_contract, lists_have_pages) {
    std::set<std::int64_t> expected, found;
    for (int i = 0; i < 5; ++i) expected.insert(schedule_in(make(nightly)).at("scheduleId").as_int64());
    make(nightly, user(1002));
    std::string cursor;
    int pages = 0;
    do {
        const auto reply = get("/schedules?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
        ASSERT_EQ(reply.status, 200U) << reply.body;
        const auto page = bj::parse(reply.body);
        for (const auto& each : page.at("schedules").as_array()) {
            EXPECT_TRUE(found.insert(each.at("scheduleId").as_int64()).second);
        }
        const auto& next = page.at("pagination").at("nextCursor");
        EXPECT_EQ(header(reply, "Link").empty(), next.is_null());
        cursor = next.is_null() ? "" : next.as_string().c_str();
        ++pages;
    } while (!cursor.empty());
    EXPECT_EQ(found, expected);
    EXPECT_EQ(pages, 3);
    const auto first = bj::parse(get("/schedules?limit=2").body).at("pagination").at("nextCursor");
    EXPECT_EQ(get("/schedules?cursor=" + std::string(first.as_string()), user(1002)).status, 400U);
    EXPECT_EQ(get("/schedules?status=x").status, 400U);
}

TEST_P(schedules_contract, pages_of_large_ones_end_early) {
    const auto body = with_task("parameters", R"({"text":")" + std::string(60'000, 'x') + "\"}");
    for (int i = 0; i < 20; ++i) ASSERT_EQ(make(body).status, 201U);
    const auto page = bj::parse(get("/schedules").body);
    EXPECT_LT(page.at("schedules").as_array().size(), 20U);
    EXPECT_EQ(page.at("pagination").at("hasMore"), true);
    std::string text, cursor;
    do {
        const auto read = [&] { return service_.export_user({{}, soon(), {}}, 1001, cursor); };
        const auto next = runtime_.block_on(read());
        ASSERT_TRUE(next.has_value());
        EXPECT_LT(next->json.size(), 4UL * 1024 * 1024);
        text += next->json;
        cursor = next->next_cursor;
    } while (!cursor.empty());
    EXPECT_EQ(bj::parse(text).at("schedules").as_array().size(), 20U);
}

TEST_P(schedules_contract, an_idempotency_key_creates_once) {
    auto keyed = request("POST", "/schedules", user(1001), nightly);
    keyed.headers.emplace_back("idempotency-key", "key-1");
    EXPECT_EQ(send(keyed).body, send(keyed).body);
    EXPECT_EQ(bj::parse(get("/schedules").body).at("schedules").as_array().size(), 1U);
}

TEST_P(schedules_contract, a_user_has_so_many_at_most) {
    for (int i = 0; i < settings_.schedules_max; ++i) ASSERT_EQ(make(nightly).status, 201U);
    EXPECT_EQ(make(nightly).status, 409U);
    EXPECT_EQ(make(nightly, user(1002)).status, 201U);
}

TEST_P(schedules_contract, previews) {
    const auto reply =
        get("/schedules/preview?cron=30 2 * * *&timeZone=Europe/Vienna&count=2&after=2026-03-28T12:00:00Z");
    ASSERT_EQ(reply.status, 200U) << reply.body;
    EXPECT_EQ(bj::parse(reply.body).at("runs"), bj::parse(R"([
            {"runAt":"2026-03-29T01:00:00.000000Z","localTime":"2026-03-29T03:00:00+02:00"},
            {"runAt":"2026-03-30T00:30:00.000000Z","localTime":"2026-03-30T02:30:00+02:00"}
        ])"));
    EXPECT_EQ(bj::parse(get("/schedules/preview?cron=@daily").body).at("runs").as_array().size(), 5U);
    const auto wrong = get("/schedules/preview?cron=* 25 * * *&timeZone=x");
    EXPECT_EQ(wrong.status, 400U);
    EXPECT_EQ(fields(wrong), (strings{"cron not_a_cron", "timeZone unknown_time_zone"}));
    for (const auto* each :
         {"",
          "?cron=@daily&count=0",
          "?cron=@daily&count=101",
          "?cron=@daily&count=x",
          "?cron=@daily&after=today",
          "?cron=@daily&zone=UTC"}) {
        EXPECT_EQ(get(std::string("/schedules/preview") + each).status, 400U) << each;
    }
}

TEST_P(schedules_contract, one_of_every_second_runs) {
    auto body = with("cron", R"("* * * * * *")");
    const auto id = std::to_string(schedule_in(make(body)).at("scheduleId").as_int64());
    const auto tasks = [&] {
        return bj::parse(get("/tasks?tag=schedule:" + id).body).at("tasks").as_array();
    };
    EXPECT_TRUE(esm::testing::eventually(20s, [&] { return tasks().size() >= 2; }));
    EXPECT_FALSE(schedule_in(get("/schedules/" + id)).at("lastTaskId").is_null());
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    schedules_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks::schedules
