// The notification service from event to mail file, on both databases: once for each event, never before its
// contact, and what REST and gRPC tell about it.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include "eventstreammonitor/notifications/v1/notifications.grpc.pb.h"
#include "platform/grpc/server.hpp"
#include "platform/http/router.hpp"
#include "services/notifications/contract.hpp"
#include "services/notifications/service_fixture.hpp"

namespace esm::notifications {
namespace {

namespace proto = ::eventstreammonitor::notifications::v1;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr unsigned short grpc_port = 23590;
constexpr const char* base = "/api/v1/eventstreammonitor/notifications";

class notification_service_test : public service_fixture {
protected:
    result<http::response> get(
        std::string path,
        std::vector<std::pair<std::string, std::string>> query,
        std::int64_t user_id,
        std::vector<std::string> scopes = {"notifications:read"}
    ) {
        if (!router_) {
            router_.emplace();
            router_->add(service_->routes());
        }
        http::request call;
        call.method = "GET";
        call.path = call.target = path;
        call.query = std::move(query);
        call.ctx.until = deadline_in(seconds(10));
        call.ctx.caller = principal{.user_id = user_id, .scopes = std::move(scopes)};
        const auto match = router_->find("GET", path);
        call.route = match.found->pattern;
        call.path_params = match.params;
        return runtime_.block_on(match.found->run(call));
    }

    static boost::json::object json(const result<http::response>& reply) {
        EXPECT_TRUE(reply.has_value());
        return boost::json::parse(reply->body).as_object();
    }

    std::optional<http::router> router_;
};

TEST_P(notification_service_test, a_registration_becomes_one_welcome_mail) {
    start_service();
    const auto cause = user_event(1000, "ada");
    publish({cause});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    ASSERT_EQ(mails().size(), 1U);
    const auto mail = read_file(mails().front());
    EXPECT_THAT(mail, HasSubstr("To: ada@example.org\r\n"));
    EXPECT_THAT(mail, HasSubstr("Subject: Welcome, ada\r\n"));
    EXPECT_THAT(mail, HasSubstr("X-Correlation-Id: " + cause.correlation_id + "\r\n"));

    const auto row = rows_of("email").front();
    EXPECT_EQ(row.recipient, "ada@example.org");
    EXPECT_EQ(row.attempts, 1);
    EXPECT_TRUE(row.sent_at.has_value());
    EXPECT_EQ(row.subject, "Welcome, ada");
    EXPECT_EQ(count(status::sent, "in_app"), 1U) << "and once in the inbox";
    const auto log = attempts_of(row.notification_id);
    ASSERT_EQ(log.size(), 1U);
    EXPECT_EQ(log[0].outcome, "sent");
    EXPECT_THAT(log[0].answer, HasSubstr("stored as"));

    const auto told = told_of("email", 1);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].type, "notification.sent.v1");
    EXPECT_EQ(told[0].key, std::to_string(row.notification_id));
    EXPECT_EQ(told[0].aggregate_version, row.version);
    EXPECT_EQ(told[0].correlation_id, cause.correlation_id);
    EXPECT_EQ(told[0].causation_id, cause.id);
    EXPECT_EQ(boost::json::parse(told[0].data).at("status").as_string(), "sent");
}

TEST_P(notification_service_test, duplicates_change_nothing) {
    start_service();
    const auto user = user_event(1000, "ada");
    const auto task = task_event(2000, 1000);
    publish({user, user, task, user, task});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    publish({user, task, user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 3; }));
    EXPECT_EQ(rows_of("email").size(), 3U);
    EXPECT_EQ(rows_of("in_app").size(), 3U);
    EXPECT_EQ(rows().size(), 6U);
    EXPECT_EQ(mails().size(), 3U);
    EXPECT_EQ(published("notification-events", 6).size(), 6U);
}

TEST_P(notification_service_test, a_task_event_before_its_contact_waits_and_is_not_lost) {
    start_service();
    publish({task_event(2000, 1000), task_event(2001, 1000, "task.failed.v1"), task_event(2002, 1001)});
    ASSERT_TRUE(eventually([&] { return rows_of("email").size() == 3; }));
    std::this_thread::sleep_for(milliseconds(300));
    EXPECT_EQ(count(status::pending, "email"), 3U);
    EXPECT_TRUE(mails().empty());
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 3; }));
    EXPECT_EQ(mails().size(), 3U);
    EXPECT_EQ(count(status::pending, "email"), 1U) << "the other user is still unknown";
    EXPECT_EQ(rows_of("email")[1].subject, "Task TASK2001 failed");
    EXPECT_EQ(rows_of("email")[1].recipient, "ada@example.org");
}

TEST_P(notification_service_test, what_was_written_is_delivered_after_a_restart) {
    start_service();
    publish({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return rows_of("email").size() == 1; }));
    stop_service();
    publish({user_event(1000, "ada")});
    start_service();
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_EQ(mails().size(), 2U);
}

TEST_P(
    notification_service_test, events_that_can_never_be_applied_go_to_the_dead_letters_and_the_next_proceed
) {
    start_service();
    auto broken = user_event(1000, "ada");
    broken.data = "{not json";
    auto nameless = user_event(1001, "bob");
    nameless.data = R"({"userId":1001})";
    publish({broken, nameless, user_event(1002, "eve")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    EXPECT_EQ(rows_of("email").size(), 1U);
    const auto dead = published("dlq.notifications.user-registration-events", 2);
    ASSERT_EQ(dead.size(), 2U);
    EXPECT_EQ(dead[0].data, "{not json");
}

TEST_P(notification_service_test, many_events_each_one_mail) {
    start_service();
    std::vector<events::event> batch;
    for (int i = 0; i < 150; ++i) batch.push_back(user_event(1000 + i, fmt::format("user{}", i)));
    for (int i = 0; i < 150; ++i) batch.push_back(task_event(5000 + i, 1000 + i));
    publish(batch);
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 300; }, seconds(60)));
    EXPECT_EQ(mails().size(), 300U);
    EXPECT_EQ(count(status::sent, "in_app"), 300U);
    EXPECT_EQ(published("notification-events", 600).size(), 600U);
}

TEST_P(notification_service_test, rest_shows_the_own_ones_and_all_to_admins) {
    start_service();
    publish({user_event(1000, "ada"), user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    publish({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 3; }));

    const auto shown_to = [&](std::int64_t user_id, std::vector<std::pair<std::string, std::string>> query) {
        return json(get(base, std::move(query), user_id)).at("notifications").as_array();
    };
    EXPECT_EQ(shown_to(1000, {}).size(), 4U) << "each by mail and in the inbox";
    const auto own = shown_to(1000, {{"channel", "email"}});
    ASSERT_EQ(own.size(), 2U);
    EXPECT_EQ(own[0].at("eventType").as_string(), "task.completed.v1") << "newest first";
    const std::vector<std::string> admin{"notifications:read", "notifications:admin"};
    EXPECT_EQ(json(get(base, {}, 1, admin)).at("notifications").as_array().size(), 6U);
    EXPECT_EQ(shown_to(1000, {{"eventType", "user.registered.v1"}}).size(), 2U);
    EXPECT_EQ(shown_to(1000, {{"status", "failed"}}).size(), 0U);
    EXPECT_EQ(shown_to(1000, {{"channel", "in_app"}}).size(), 2U);

    const auto id = own[0].at("notificationId").as_int64();
    const auto one = get(fmt::format("{}/{}", base, id), {}, 1000);
    const auto shown = json(one).at("notification").as_object();
    EXPECT_EQ(shown.at("attemptLog").as_array().at(0).at("outcome").as_string(), "sent");
    EXPECT_TRUE(shown.at("attemptLog").as_array().at(0).at("errorMessage").is_null());
    EXPECT_EQ(one->headers.at(0).first, "ETag");
    const auto others = get(fmt::format("{}/{}", base, id), {}, 1001);
    EXPECT_EQ(others.error().code, errc::not_found);
    EXPECT_TRUE(get(fmt::format("{}/{}", base, id), {}, 1, admin).has_value());
    EXPECT_EQ(get(fmt::format("{}/{}", base, 99'999), {}, 1000).error().code, errc::not_found);
}

TEST_P(notification_service_test, rest_pages_with_a_cursor_that_fits_one_filter_only) {
    start_service();
    std::vector<events::event> batch{user_event(1000, "ada")};
    for (int i = 0; i < 4; ++i) batch.push_back(task_event(2000 + i, 1000));
    publish(batch);
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 5; }));
    const auto first = get(base, {{"limit", "3"}, {"channel", "email"}}, 1000);
    EXPECT_EQ(json(first).at("notifications").as_array().size(), 3U);
    const auto cursor = std::string(json(first).at("nextCursor").as_string());
    EXPECT_THAT(first->headers.at(0).second, HasSubstr("rel=\"next\""));
    const auto second = json(get(base, {{"limit", "3"}, {"channel", "email"}, {"cursor", cursor}}, 1000));
    EXPECT_EQ(second.at("notifications").as_array().size(), 2U);
    EXPECT_TRUE(second.at("nextCursor").is_null());
    const auto newest = second.at("notifications").as_array().front().at("notificationId").as_int64();
    const auto later = json(get(base, {{"channel", "email"}, {"fromId", std::to_string(newest)}}, 1000));
    EXPECT_EQ(later.at("notifications").as_array().size(), 4U) << "the three before it, and itself";
    const auto misused = get(base, {{"cursor", cursor}, {"status", "sent"}}, 1000);
    EXPECT_EQ(misused.error().code, errc::invalid_cursor);
    for (const auto& bad :
         {std::pair{"status", "gone"},
          {"channel", "pigeon"},
          {"eventType", "Nonsense"},
          {"fromId", "0"},
          {"fromId", "x"},
          {"limit", "0"},
          {"q", "x"}}) {
        const auto refused = get(base, {{bad.first, bad.second}}, 1000);
        ASSERT_FALSE(refused.has_value()) << bad.first;
        EXPECT_EQ(info(refused.error().code).http_status, 400) << bad.first;
    }
}

TEST_P(notification_service_test, routes_are_those_of_the_contract) {
    start_service();
    std::vector<std::string> served, promised;
    for (const auto& each : service_->routes()) {
        served.push_back(fmt::format("{} {} {}", each.method, each.pattern, each.scope));
    }
    for (const auto& each : contract_routes) {
        if (each.path.rfind("/api/", 0) != 0) continue;
        promised.push_back(fmt::format("{} {} {}", each.method, each.path, each.scope));
    }
    EXPECT_THAT(served, ::testing::UnorderedElementsAreArray(promised));
}

TEST_P(notification_service_test, grpc_get) {
    start_service();
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    grpc_server::server server({"127.0.0.1", grpc_port});
    for (auto* each : service_->grpc_services()) server.add(*each);
    server.start();
    const auto channel =
        ::grpc::CreateChannel(fmt::format("127.0.0.1:{}", grpc_port), ::grpc::InsecureChannelCredentials());
    const auto stub = proto::NotificationService::NewStub(channel);
    proto::GetRequest request;
    request.set_notification_id(rows_of("email").front().notification_id);
    proto::GetResponse reply;
    ::grpc::ClientContext first, second;
    ASSERT_TRUE(stub->Get(&first, request, &reply).ok());
    EXPECT_EQ(reply.notification().status(), proto::NOTIFICATION_STATUS_SENT);
    EXPECT_EQ(reply.notification().attempt_log_size(), 1);
    EXPECT_EQ(reply.notification().recipient(), "ada@example.org");
    request.set_user_id(1001);
    EXPECT_EQ(stub->Get(&second, request, &reply).error_code(), ::grpc::StatusCode::NOT_FOUND);
    runtime_.block_on(server.stop(milliseconds(500)));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    notification_service_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
