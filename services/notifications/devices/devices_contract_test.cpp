// Devices over REST and what becomes of messages to them, on both databases.
#include <gmock/gmock.h>

#include "services/notifications/devices/device_store.hpp"
#include "services/notifications/routes_fixture.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications {
namespace {

namespace bj = boost::json;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr const char* p256dh =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

std::string browser(
    std::string_view endpoint = "https://push.example.net/abc", std::string_view label = "laptop"
) {
    return bj::serialize(bj::object{
        {"kind", "web_push"},
        {"label", label},
        {"subscription",
         {{"endpoint", endpoint},
          {"expirationTime", nullptr},
          {"keys", {{"p256dh", p256dh}, {"auth", "BTBZMqHH6r4Tts7J_aSIgg"}}}}},
    });
}

std::string app(std::string_view token) {
    return bj::serialize(bj::object{{"kind", "fcm"}, {"token", token}});
}

class devices_contract : public routes_fixture {
protected:
    devices_contract() { start_service(); }

    static std::int64_t id_in(const http::response& reply) {
        return json(reply).at("device").at("deviceId").as_int64();
    }

    std::vector<std::int64_t> listed(std::int64_t user_id = 1000) {
        std::vector<std::int64_t> ids;
        const auto reply = json(send("GET", "/devices", {}, user_id));
        for (const auto& each : reply.at("devices").as_array()) ids.push_back(each.at("deviceId").as_int64());
        return ids;
    }

    std::optional<device> target(std::int64_t device_id) {
        return runtime_.block_on(
            device_store::find(scratch_->get(), code_key_, device_id, deadline_in(std::chrono::seconds(10)))
        );
    }
};

TEST_P(devices_contract, registered_listed_and_removed) {
    const auto made = send("POST", "/devices", browser());
    ASSERT_EQ(made.status, 201U) << made.body;
    const auto shown = json(made).at("device").as_object();
    EXPECT_GE(id_in(made), 1000);
    EXPECT_EQ(shown.at("kind"), "web_push");
    EXPECT_EQ(shown.at("label"), "laptop");
    EXPECT_TRUE(parse_instant(shown.at("createdAt").as_string()).has_value());
    EXPECT_EQ(shown.size(), 4U);  // nothing that it is written to by

    const auto phone = send("POST", "/devices", app("token-1"));
    ASSERT_EQ(phone.status, 201U) << phone.body;
    EXPECT_EQ(json(phone).at("device").at("label"), "");
    EXPECT_THAT(listed(), ElementsAre(id_in(made), id_in(phone)));
    EXPECT_EQ(std::get<fcm_device>(*target(id_in(phone))).token, "token-1");
    EXPECT_EQ(std::get<web_push_subscription>(*target(id_in(made))).endpoint, "https://push.example.net/abc");

    const auto path = fmt::format("/devices/{}", id_in(made));
    EXPECT_EQ(send("DELETE", path, {}, 1001).status, 404U);
    EXPECT_EQ(send("DELETE", path).status, 204U);
    EXPECT_EQ(send("DELETE", path).status, 404U);
    EXPECT_EQ(send("DELETE", "/devices/x").status, 404U);
    EXPECT_THAT(listed(), ElementsAre(id_in(phone)));
    EXPECT_FALSE(target(id_in(made)).has_value());
}

TEST_P(devices_contract, the_same_device_again_keeps_its_id) {
    const auto first = send("POST", "/devices", browser());
    const auto again = send("POST", "/devices", browser("https://push.example.net/abc", "the new laptop"));
    EXPECT_EQ(again.status, 200U);
    EXPECT_EQ(id_in(again), id_in(first));
    EXPECT_EQ(json(again).at("device").at("label"), "the new laptop");
    EXPECT_EQ(listed().size(), 1U);
}

TEST_P(devices_contract, somebody_elses_device_moves_under_a_new_id) {
    const auto first = send("POST", "/devices", browser());
    const auto taken = send("POST", "/devices", browser(), 1001);
    EXPECT_EQ(taken.status, 201U);
    EXPECT_NE(id_in(taken), id_in(first));
    EXPECT_TRUE(listed().empty());
    EXPECT_THAT(listed(1001), ElementsAre(id_in(taken)));
    EXPECT_FALSE(target(id_in(first)).has_value());
}

TEST_P(devices_contract, a_repeated_request_is_answered_again) {
    const auto call = with(request("POST", "/devices", user(1000), browser()), "idempotency-key", "k1");
    const auto first = send(call);
    const auto again = send(call);
    EXPECT_EQ(again.status, 201U);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(header(again, "Idempotent-Replayed"), "true");
    const auto other = with(request("POST", "/devices", user(1000), app("t")), "idempotency-key", "k1");
    EXPECT_EQ(send(other).status, 422U);
}

TEST_P(devices_contract, at_most_twenty) {
    for (int i = 0; i < 20; ++i)
        ASSERT_EQ(send("POST", "/devices", app(fmt::format("token-{}", i))).status, 201U);
    const auto refused = send("POST", "/devices", app("token-20"));
    EXPECT_EQ(refused.status, 409U);
    EXPECT_EQ(json(refused).at("code"), "conflict");
    EXPECT_EQ(send("POST", "/devices", app("token-7")).status, 200U);
    EXPECT_EQ(send("POST", "/devices", app("token-20"), 1001).status, 201U);
}

TEST_P(devices_contract, pages) {
    for (int i = 0; i < 3; ++i) send("POST", "/devices", app(fmt::format("token-{}", i)));
    const auto first = send("GET", "/devices?limit=2");
    EXPECT_EQ(json(first).at("devices").as_array().size(), 2U);
    EXPECT_NE(header(first, "Link"), "");
    auto next = request("GET", "/devices", user(1000));
    next.query.emplace_back("cursor", std::string(json(first).at("nextCursor").as_string()));
    const auto last = json(send(next));
    EXPECT_EQ(last.at("devices").as_array().size(), 1U);
    EXPECT_TRUE(last.at("nextCursor").is_null());
    next.ctx.caller->user_id = 1001;
    EXPECT_EQ(send(next).status, 400U);
}

TEST_P(devices_contract, bad_bodies_are_named) {
    const auto refused = [&](unsigned status, std::string body) {
        const auto reply = send("POST", "/devices", std::move(body));
        EXPECT_EQ(reply.status, status) << reply.body;
        return fields(reply);
    };
    EXPECT_THAT(refused(400, "{}"), ElementsAre("/kind required"));
    EXPECT_THAT(refused(422, R"({"kind":"pager"})"), ElementsAre("/kind not_allowed"));
    EXPECT_THAT(refused(400, R"({"kind":1})"), ElementsAre("/kind wrong_type"));
    EXPECT_THAT(refused(400, R"({"kind":"fcm"})"), ElementsAre("/token required"));
    EXPECT_THAT(refused(422, app("a b")), ElementsAre("/token pattern"));
    EXPECT_THAT(refused(400, R"({"kind":"web_push"})"), ElementsAre("/subscription required"));
    EXPECT_THAT(
        refused(
            400, R"({"kind":"web_push","token":"t","subscription":{"endpoint":"https://a.org/","keys":{}}})"
        ),
        UnorderedElementsAre(
            "/token unknown_field", "/subscription/keys/p256dh required", "/subscription/keys/auth required"
        )
    );
    for (const auto* url :
         {"https://10.0.0.1/a", "https://127.0.0.1/a", "https://127.1/a", "https://push.example.net:22/a"}) {
        EXPECT_THAT(refused(422, browser(url)), ElementsAre("/subscription/endpoint not_allowed")) << url;
    }
    EXPECT_THAT(
        refused(422, browser("http://push.example.net/a")), ElementsAre("/subscription/endpoint pattern")
    );
    EXPECT_THAT(refused(422, browser("https://u:p@a.org/")), ElementsAre("/subscription/endpoint pattern"));
    EXPECT_EQ(
        fields(send("GET", "/devices?colour=red")), std::vector<std::string>{"colour unknown_parameter"}
    );
}

TEST_P(devices_contract, a_client_has_none) {
    EXPECT_EQ(send("POST", "/devices", app("t"), 0).status, 403U);
    EXPECT_EQ(send("GET", "/devices", {}, 0).status, 403U);
    EXPECT_EQ(send("DELETE", "/devices/1000", {}, 0).status, 403U);
}

TEST_P(devices_contract, browsers_get_the_key_to_subscribe_with) {
    const auto key =
        json(send("GET", "/devices/application-server-key")).at("applicationServerKey").as_string();
    EXPECT_EQ(key.size(), 87U);
    EXPECT_TRUE(key.starts_with("B"));  // an uncompressed point
}

TEST_P(devices_contract, messages_show_the_device_by_its_id) {
    const auto id = id_in(send("POST", "/devices", app("token-1")));
    publish({user_event(1000, "ada"), task_event(2000, 1000, "task.failed.v1")});
    ASSERT_TRUE(eventually([&] { return count(status::failed, "push") == 1; }));
    const auto row = rows_of("push").front();
    EXPECT_EQ(row.error_message, "no service account for FCM is configured");
    const auto shown =
        json(send("GET", fmt::format("/{}", row.notification_id))).at("notification").as_object();
    EXPECT_EQ(shown.at("recipient").as_string(), fmt::format("device {}", id));
}

TEST_P(devices_contract, an_account_that_is_gone_gets_no_device) {
    const auto call = with(request("POST", "/devices", user(1000), app("t")), "idempotency-key", "k1");
    ASSERT_EQ(send(call).status, 201U);
    publish({made("user-registration-events", "user.deleted.v1", "/users", 1000, R"({"userId":1000})")});
    ASSERT_TRUE(eventually([&] { return listed().empty(); }));
    // Neither is the first answer told again: it was the user's.
    EXPECT_EQ(send(call).status, 403U);
}

TEST_P(devices_contract, at_rest_a_device_cannot_be_written_to) {
    send("POST", "/devices", app("token-of-this-phone"));
    const auto found = runtime_.block_on(scratch_->get().query(
        deadline_in(std::chrono::seconds(10)),
        sql::find_device,
        id_in(send("POST", "/devices", app("token-of-this-phone")))
    ));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found.front().text(1).find("token-of-this-phone"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    devices_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
