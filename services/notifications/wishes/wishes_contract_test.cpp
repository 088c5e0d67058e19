// What users wish to hear of over REST, on both databases: the document and its versions, and that events go
// by it.
#include <gmock/gmock.h>

#include <future>

#include "services/notifications/routes_fixture.hpp"
#include "services/notifications/wishes/change_wishes.hpp"

namespace esm::notifications {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

constexpr auto no_task_mails =
    R"({"quietHours":null,"events":{"task.completed.v1":{"email":{"enabled":false}}}})";

class wishes_test : public routes_fixture {
protected:
    static http::request put(std::string body, std::int64_t user_id = 1000) {
        return request("PUT", "/preferences", user(user_id), std::move(body));
    }
    static std::string without_time(const http::response& reply) {
        auto shown = json(reply);
        shown.erase("updatedAt");
        return boost::json::serialize(shown);
    }
};

TEST_P(wishes_test, who_has_said_nothing_has_empty_ones) {
    start_service();
    const auto reply = send("GET", "/preferences");
    EXPECT_EQ(reply.status, 200U);
    EXPECT_EQ(reply.body, R"({"quietHours":null,"events":{},"updatedAt":null})");
    EXPECT_EQ(header(reply, "ETag"), "\"0\"");
}

TEST_P(wishes_test, what_was_put_is_what_is_read) {
    start_service();
    const auto stored =
        send(put(R"({"events":{"*":{"sms":{"enabled":true}},"task.failed.v1":{"push":{"digestMinutes":5}}},)"
                 R"("quietHours":{"start":"22:00","end":"07:00","timeZone":"Europe/Vienna"}})"));
    ASSERT_EQ(stored.status, 200U) << stored.body;
    EXPECT_EQ(header(stored, "ETag"), "\"1\"");
    const auto read = send("GET", "/preferences");
    EXPECT_EQ(read.body, stored.body);
    EXPECT_EQ(header(read, "ETag"), "\"1\"");
    EXPECT_NEAR(
        static_cast<double>(parse_instant(std::string_view(json(read).at("updatedAt").as_string())).value()),
        static_cast<double>(now_us()),
        60e6
    );
    const auto again = send(put(read.body));
    EXPECT_EQ(again.status, 200U) << "what was read may be sent back: " << again.body;
    EXPECT_EQ(without_time(again), without_time(read));
    EXPECT_EQ(
        send("GET", "/preferences", {}, 1001).body, R"({"quietHours":null,"events":{},"updatedAt":null})"
    );
}

TEST_P(wishes_test, only_the_version_that_was_seen_is_replaced) {
    start_service();
    EXPECT_EQ(send(with(put("{}"), "if-match", "\"1\"")).status, 412U) << "there is none yet";
    EXPECT_EQ(header(send("GET", "/preferences"), "ETag"), "\"0\"") << "and there still is none";
    EXPECT_EQ(send(with(put(no_task_mails), "if-match", "\"0\"")).status, 200U);
    EXPECT_EQ(send(with(put("{}"), "if-match", "\"0\"")).status, 412U);
    EXPECT_EQ(without_time(send("GET", "/preferences")), no_task_mails);
    EXPECT_EQ(header(send(with(put("{}"), "if-match", "\"1\"")), "ETag"), "\"2\"");
}

TEST_P(wishes_test, of_two_that_race_one_wins) {
    start_service();
    send("GET", "/preferences");  // makes the router, which the threads share
    const auto race = [this] { return send(with(put(no_task_mails), "if-match", "\"0\"")).status; };
    auto first = std::async(std::launch::async, race), second = std::async(std::launch::async, race);
    const std::multiset<unsigned> statuses{first.get(), second.get()};
    EXPECT_EQ(statuses, (std::multiset<unsigned>{200, 412}));
}

TEST_P(wishes_test, every_bad_field_is_named_and_nothing_stored) {
    start_service();
    const auto reply = send(
        put(R"({"quietHours":{"start":"25:00","end":"07:00","timeZone":"Mars/Base"},"updatedAt":5,"color":1,)"
            R"("events":{"Task":{},"task.failed.v1":{"fax":{},"email":{"digestMinutes":1441}}}})")
    );
    EXPECT_EQ(reply.status, 400U);
    EXPECT_THAT(
        fields(reply),
        IsSupersetOf(
            {"/updatedAt wrong_type",
             "/color unknown_field",
             "/quietHours/start time",
             "/quietHours/timeZone unknown_time_zone",
             "/events/Task pattern",
             "/events/task.failed.v1/fax unknown_field",
             "/events/task.failed.v1/email/digestMinutes out_of_range"}
        )
    );
    EXPECT_EQ(send(put(R"({"updatedAt":"yesterday"})")).status, 422U);
    EXPECT_EQ(header(send("GET", "/preferences"), "ETag"), "\"0\"");
}

TEST_P(wishes_test, administrators_may_say_for_others_and_clients_must_say_for_whom) {
    start_service();
    const auto admin = user(1, {"notifications:admin"});
    EXPECT_EQ(send(request("PUT", "/preferences?userId=1000", admin, no_task_mails)).status, 200U);
    EXPECT_EQ(without_time(send("GET", "/preferences")), no_task_mails);
    EXPECT_EQ(send(request("GET", "/preferences?userId=1000", user(1001))).status, 403U);
    EXPECT_EQ(send(request("PUT", "/preferences?userId=1000", user(1001), "{}")).status, 403U);
    EXPECT_EQ(send(request("GET", "/preferences?userId=1000", user(1000))).status, 200U);

    const auto client = send(request("GET", "/preferences", user(0)));
    EXPECT_EQ(client.status, 400U);
    EXPECT_THAT(fields(client), ElementsAre("userId required"));
    EXPECT_EQ(
        send(request("GET", "/preferences?userId=1000", user(0, {"notifications:admin"}))).status, 200U
    );
    for (const auto* wrong : {"", "x", "999", "-1", "99999999999999999999"}) {
        const auto reply = send(request("GET", fmt::format("/preferences?userId={}", wrong), admin));
        EXPECT_THAT(fields(reply), ElementsAre("userId not_allowed")) << wrong;
    }
    EXPECT_EQ(send("GET", "/preferences?all=1").status, 400U);
}

TEST_P(wishes_test, events_go_by_them) {
    start_service();
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    EXPECT_EQ(send(put(no_task_mails)).status, 200U);
    publish({task_event(2000, 1000), task_event(2001, 1000, "task.failed.v1")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_EQ(count(status::skipped, "email"), 1U);
    EXPECT_EQ(send(put("{}")).status, 200U);
    publish({task_event(2002, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 3; }));
}

TEST_P(wishes_test, somebody_who_is_gone_wishes_nothing_any_more) {
    start_service();
    send(put(no_task_mails));
    const auto gone =
        made("user-registration-events", "user.deleted.v1", "/users", 1000, R"({"userId":1000})");
    publish({gone});
    ASSERT_TRUE(eventually([&] { return header(send("GET", "/preferences"), "ETag") == "\"0\""; }));
    EXPECT_EQ(send(put(no_task_mails)).status, 404U);
    const auto done =
        transact([](db::transaction& tx) { return switch_off_wish(tx, 1000, "a.b.v1", "email"); });
    EXPECT_TRUE(done.has_value());
    EXPECT_EQ(header(send("GET", "/preferences"), "ETag"), "\"0\"");
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    wishes_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
