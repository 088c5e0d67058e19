// Many tasks in one request, through the whole service on both databases: an answer for each, refs, unique
// keys, one event each.
#include <gmock/gmock.h>

#include "services/tasks/service_fixture.hpp"

namespace esm::tasks {
namespace {

namespace bj = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class batch_contract : public task_service_fixture {
protected:
    http::response post_batch(std::string tasks, std::string key = {}, principal caller = user(1001)) {
        auto call = request("POST", "/tasks/batch", std::move(caller), "{\"tasks\":[" + tasks + "]}");
        if (!key.empty()) call.headers.emplace_back("idempotency-key", std::move(key));
        return send(std::move(call));
    }

    // The results of a batch of external tasks, each given by its other fields.
    bj::array results(std::vector<std::string> tasks, principal caller = user(1001)) {
        std::string body;
        for (const auto& each : tasks) {
            if (!body.empty()) body += ',';
            body += R"({"taskType":"a","parameters":{})" + (each.empty() ? each : "," + each) + '}';
        }
        const auto reply = post_batch(std::move(body), {}, std::move(caller));
        EXPECT_EQ(reply.status, 200U) << reply.body;
        return bj::parse(reply.body).at("results").as_array();
    }

    static std::vector<std::int64_t> statuses(const bj::array& results) {
        std::vector<std::int64_t> found;
        for (const auto& each : results) found.push_back(each.at("status").as_int64());
        return found;
    }
    static std::int64_t id(const bj::value& result) { return result.at("task").at("taskId").as_int64(); }
    // "pointer code" of the first named field.
    static std::string field(const bj::value& result) {
        const auto& named = result.at("problem").at("errors").at(0);
        return fmt::format(
            "{} {}", std::string(named.at("pointer").as_string()), std::string(named.at("code").as_string())
        );
    }
    static std::string message(const bj::value& result) {
        return std::string(result.at("problem").at("errors").at(0).at("message").as_string());
    }
    static bj::array ids(std::initializer_list<std::int64_t> given) {
        bj::array made;
        for (const auto each : given) made.push_back(each);
        return made;
    }
    bj::object stored(std::int64_t task_id) { return task_in(get(fmt::format("/tasks/{}", task_id))); }
    std::size_t count() { return bj::parse(get("/tasks?limit=500").body).at("tasks").as_array().size(); }
};

TEST_P(batch_contract, each_is_answered_in_order_and_none_fails_another) {
    const auto reply = post_batch(
        R"({"taskType":"a","parameters":{},"tags":["x"]},{"taskType":"No","parameters":{}},7,)"
        R"({"taskType":"a"},{"taskType":"a","parameters":{},"userId":1002},{"taskType":"b","parameters":{}})"
    );
    ASSERT_EQ(reply.status, 200U) << reply.body;
    const auto answers = bj::parse(reply.body).at("results").as_array();
    EXPECT_THAT(statuses(answers), ElementsAre(201, 422, 400, 400, 403, 201));
    EXPECT_EQ(field(answers[1]), "/taskType pattern");
    EXPECT_EQ(field(answers[3]), "/parameters required");
    EXPECT_EQ(answers[4].at("problem").at("code"), "forbidden");
    EXPECT_EQ(stored(id(answers[0])), answers[0].at("task").as_object());
    const auto events = next_events(2);
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[0].key, std::to_string(id(answers[0])));
    EXPECT_EQ(bj::parse(events[1].data), answers[5].at("task"));
    EXPECT_EQ(count(), 2U);
}

TEST_P(batch_contract, children_may_stand_before_their_parents) {
    const auto answers = results(
        {R"("dependsOn":["left","right"])",
         R"("ref":"left","dependsOn":["root"])",
         R"("ref":"right","dependsOn":["root"],"onParentFailure":"run")",
         R"("ref":"root")"}
    );
    ASSERT_THAT(statuses(answers), ElementsAre(201, 201, 201, 201));
    EXPECT_EQ(answers[1].at("task").at("dependsOn"), ids({id(answers[3])}));
    EXPECT_EQ(answers[0].at("task").at("status"), "blocked");
    EXPECT_EQ(answers[3].at("task").at("status"), "pending");
    EXPECT_EQ(stored(id(answers[0])), answers[0].at("task").as_object());
    ASSERT_EQ(send(request("PUT", fmt::format("/tasks/{}/cancel", id(answers[3])), user(1001))).status, 200U);
    EXPECT_EQ(stored(id(answers[1])).at("status"), "failed");
    EXPECT_EQ(stored(id(answers[2])).at("status"), "pending");
    EXPECT_EQ(stored(id(answers[0])).at("status"), "failed");
}

TEST_P(batch_contract, circles_are_named) {
    const auto answers = results(
        {R"("ref":"a","dependsOn":["b"])",
         R"("ref":"b","dependsOn":["c"])",
         R"("ref":"c","dependsOn":["a","free"])",
         R"("ref":"behind","dependsOn":["b"])",
         R"("ref":"itself","dependsOn":["itself","behind"])",
         R"("ref":"free")"}
    );
    EXPECT_THAT(statuses(answers), ElementsAre(422, 422, 422, 422, 422, 201));
    EXPECT_EQ(field(answers[2]), "/dependsOn cycle");
    EXPECT_THAT(message(answers[2]), HasSubstr("\"a\" → \"b\" → \"c\" → \"a\""));
    EXPECT_EQ(field(answers[3]), "/dependsOn parent_refused");
    EXPECT_EQ(count(), 1U);
}

TEST_P(batch_contract, wrong_refs_are_refused) {
    const auto answers = results(
        {R"("ref":"two")",
         R"("ref":"two")",
         R"("dependsOn":["two"])",
         R"("dependsOn":["nobody"])",
         R"("ref":"")",
         R"("ref":"late","runAt":"2999-01-01T00:00:00Z")",
         R"("ref":"child","dependsOn":["late"])",
         R"("ref":"outside","dependsOn":[424242])",
         R"("dependsOn":["outside"])"}
    );
    EXPECT_EQ(statuses(answers), std::vector<std::int64_t>(9, 422));
    EXPECT_EQ(field(answers[0]), "/ref duplicate");
    EXPECT_EQ(field(answers[1]), "/ref duplicate");
    EXPECT_EQ(field(answers[2]), "/dependsOn parent_refused");
    EXPECT_EQ(field(answers[3]), "/dependsOn/0 not_found");
    EXPECT_EQ(field(answers[4]), "/ref pattern");
    EXPECT_EQ(field(answers[5]), "/runAt out_of_range");
    EXPECT_EQ(field(answers[6]), "/dependsOn parent_refused");
    EXPECT_EQ(field(answers[7]), "/dependsOn not_found");
    EXPECT_EQ(field(answers[8]), "/dependsOn parent_refused");
    EXPECT_EQ(count(), 0U);
}

TEST_P(batch_contract, a_key_that_is_taken_leads_to_its_task) {
    const auto there = std::stoll(id_in(post(R"({"taskType":"a","parameters":{},"uniqueKey":"k"})")));
    const auto answers = results(
        {R"("ref":"old","uniqueKey":"k")",
         R"("dependsOn":["old"])",
         R"("uniqueKey":"new")",
         R"("ref":"again","uniqueKey":"new")",
         R"("ref":"no","uniqueKey":"new","onConflict":"reject")",
         R"("dependsOn":["no"])",
         R"("dependsOn":["again","old"])"}
    );
    EXPECT_THAT(statuses(answers), ElementsAre(200, 201, 201, 200, 409, 422, 201));
    EXPECT_EQ(id(answers[0]), there);
    EXPECT_EQ(answers[1].at("task").at("dependsOn"), ids({there}));
    EXPECT_EQ(stored(id(answers[1])), answers[1].at("task").as_object());
    EXPECT_EQ(id(answers[3]), id(answers[2]));
    EXPECT_EQ(answers[4].at("problem").at("code"), "unique_key_in_use");
    EXPECT_EQ(stored(id(answers[6])).at("dependsOn"), ids({there, id(answers[2])}));
}

TEST_P(batch_contract, a_key_that_is_replaced_moves_on) {
    const auto answers = results({R"("uniqueKey":"k")", R"("uniqueKey":"k","onConflict":"replace")"});
    EXPECT_THAT(statuses(answers), ElementsAre(201, 201));
    EXPECT_EQ(stored(id(answers[0])).at("status"), "cancelled");
    EXPECT_EQ(stored(id(answers[1])).at("status"), "pending");
}

TEST_P(batch_contract, users_do_not_meet) {
    const auto admin = user(7, {"tasks:read", "tasks:write", "tasks:admin"});
    const auto answers = results(
        {R"("ref":"a","userId":1001)", R"("dependsOn":["a"],"userId":1001)", R"("dependsOn":["a"])"}, admin
    );
    EXPECT_THAT(statuses(answers), ElementsAre(201, 201, 422));
    EXPECT_EQ(field(answers[2]), "/dependsOn/0 not_found");
}

TEST_P(batch_contract, a_thousand_in_a_row_and_no_more) {
    std::vector<std::string> chain;
    for (int i = 0; i < 1000; ++i) {
        auto fields = fmt::format(R"("ref":"n{}")", i);
        if (i > 0) fields += fmt::format(R"(,"dependsOn":["n{}"])", i - 1);
        chain.push_back(std::move(fields));
    }
    const auto answers = results(chain);
    EXPECT_EQ(statuses(answers), std::vector<std::int64_t>(1000, 201));
    EXPECT_EQ(answers[999].at("task").at("dependsOn"), ids({id(answers[998])}));
    std::string many;
    for (int i = 0; i < 1001; ++i) {
        if (i > 0) many += ',';
        many += R"({"taskType":"a","parameters":{}})";
    }
    EXPECT_EQ(fields(post_batch(many)), std::vector<std::string>{"/tasks too_many"});
    EXPECT_EQ(fields(post_batch("")), std::vector<std::string>{"/tasks item_count"});
}

TEST_P(batch_contract, a_key_makes_it_once) {
    const std::string tasks = R"({"taskType":"a","parameters":{}},{"taskType":"No","parameters":{}})";
    const auto first = post_batch(tasks, "key");
    const auto again = post_batch(tasks, "key");
    EXPECT_EQ(first.status, 200U);
    EXPECT_EQ(first.body, again.body);
    EXPECT_EQ(post_batch(R"({"taskType":"b","parameters":{}})", "key").status, 422U);
    EXPECT_EQ(count(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    batch_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::tasks
