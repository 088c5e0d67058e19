// Webhooks over REST, on both databases.
#include <gmock/gmock.h>

#include "platform/http/sql.hpp"
#include "services/notifications/endpoints/endpoint_store.hpp"
#include "services/notifications/routes_fixture.hpp"
#include "services/notifications/webhooks/signature.hpp"

namespace esm::notifications {
namespace {

namespace bj = boost::json;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr const char* plain = R"({"url":"https://hooks.example.org/esm"})";
constexpr std::chrono::microseconds a_day = std::chrono::hours(24);

class endpoints_contract : public routes_fixture {
protected:
    endpoints_contract() { start_service(); }

    static bj::object webhook_in(const http::response& reply) {
        return json(reply).at("webhook").as_object();
    }
    std::string made(std::string body = plain) {
        return fmt::format(
            "/webhooks/{}", webhook_in(send("POST", "/webhooks", std::move(body))).at("webhookId").as_int64()
        );
    }
    webhook_endpoint target(std::int64_t webhook_id) {
        return runtime_
            .block_on(endpoint_store::find_target(
                scratch_->get(), code_key_, webhook_id, deadline_in(std::chrono::seconds(10))
            ))
            .value();
    }
    static std::int64_t id_of(const std::string& path) {
        return std::stoll(path.substr(path.rfind('/') + 1));
    }
};

TEST_P(endpoints_contract, made_shown_and_deleted) {
    const auto reply = send(
        "POST",
        "/webhooks",
        R"({"url":"https://hooks.example.org/esm?a=b","eventTypes":["task.completed.v1"],)"
        R"("description":"tickets"})"
    );
    ASSERT_EQ(reply.status, 201U) << reply.body;
    auto shown = webhook_in(reply);
    const auto id = shown.at("webhookId").as_int64();
    const auto path = fmt::format("/webhooks/{}", id);
    EXPECT_GE(id, 1000);
    EXPECT_EQ(header(reply, "Location"), std::string(base) + path);
    EXPECT_EQ(header(reply, "ETag"), "\"1\"");
    EXPECT_EQ(shown.at("url"), "https://hooks.example.org/esm?a=b");
    EXPECT_EQ(shown.at("eventTypes"), bj::parse(R"(["task.completed.v1"])"));
    EXPECT_EQ(shown.at("description"), "tickets");
    EXPECT_EQ(shown.at("everyone"), false);
    EXPECT_EQ(shown.at("enabled"), true);
    EXPECT_TRUE(shown.at("disabledReason").is_null());
    EXPECT_TRUE(shown.at("previousSecretUntil").is_null());
    const std::string secret(shown.at("secret").as_string());
    EXPECT_TRUE(is_webhook_secret(secret));
    EXPECT_EQ(target(id).secret, secret);

    // The secret is told this once.
    shown.erase("secret");
    EXPECT_EQ(webhook_in(send("GET", path)), shown);
    EXPECT_EQ(header(send("GET", path), "ETag"), "\"1\"");
    EXPECT_EQ(json(send("GET", "/webhooks")).at("webhooks").as_array(), bj::array{shown});

    EXPECT_EQ(send("GET", path, {}, 1001).status, 404U);
    EXPECT_EQ(send("DELETE", path, {}, 1001).status, 404U);
    EXPECT_EQ(send(with(request("DELETE", path, user(1000)), "if-match", "\"2\"")).status, 412U);
    EXPECT_EQ(send(with(request("DELETE", path, user(1000)), "if-match", "\"1\"")).status, 204U);
    EXPECT_EQ(send("GET", path).status, 404U);
    EXPECT_EQ(send("DELETE", path).status, 404U);
}

TEST_P(endpoints_contract, bad_bodies_are_named) {
    const auto refused = [&](unsigned status, std::string body) {
        const auto reply = send("POST", "/webhooks", std::move(body));
        EXPECT_EQ(reply.status, status) << reply.body;
        return fields(reply);
    };
    EXPECT_THAT(refused(400, "{}"), ElementsAre("/url required"));
    EXPECT_THAT(
        refused(400, R"({"url":"https://a.org/","colour":1,"secret":"x"})"),
        UnorderedElementsAre("/colour unknown_field", "/secret unknown_field")
    );
    EXPECT_THAT(refused(422, R"({"url":""})"), ElementsAre("/url too_short"));
    EXPECT_THAT(
        refused(422, bj::serialize(bj::object{{"url", "https://a.org/" + std::string(2000, 'a')}})),
        ElementsAre("/url too_long")
    );
    for (const auto* url :
         {"http://hooks.example.org/",
          "https://10.0.0.1/",
          "https://[::1]/",
          "https://127.1/",
          "https://a.org:22/",
          "https://u:p@a.org/",
          "ftp://a.org/",
          "hooks.example.org",
          "https://169.254.169.254/"}) {
        EXPECT_THAT(refused(422, bj::serialize(bj::object{{"url", url}})), ElementsAre("/url not_allowed"))
            << url;
    }
    const auto typed = [](bj::value types) {
        return bj::serialize(bj::object{{"url", "https://a.org/"}, {"eventTypes", std::move(types)}});
    };
    for (const auto* type : {"task", "Task.completed.v1", "task..v1", "9.a", "a.b.", "task.*"}) {
        EXPECT_THAT(refused(422, typed(bj::array{type})), ElementsAre("/eventTypes pattern")) << type;
    }
    EXPECT_THAT(refused(400, typed("task.completed.v1")), ElementsAre("/eventTypes wrong_type"));
    EXPECT_THAT(refused(400, typed(bj::array{1})), ElementsAre("/eventTypes/0 wrong_type"));
    EXPECT_THAT(refused(422, typed(bj::array(51, "a.b"))), ElementsAre("/eventTypes too_many"));
}

TEST_P(endpoints_contract, only_administrators_hear_of_everyone) {
    const auto* body = R"({"url":"https://a.org/","everyone":true})";
    EXPECT_EQ(send("POST", "/webhooks", body).status, 403U);
    const auto made = send(request("POST", "/webhooks", user(7, {"notifications:admin"}), body));
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(webhook_in(made).at("everyone"), true);
}

TEST_P(endpoints_contract, at_most_twenty_in_pages) {
    for (int i = 0; i < 20; ++i) ASSERT_EQ(send("POST", "/webhooks", plain).status, 201U);
    EXPECT_EQ(send("POST", "/webhooks", plain).status, 409U);
    const auto first = send("GET", "/webhooks?limit=15");
    EXPECT_EQ(json(first).at("webhooks").as_array().size(), 15U);
    EXPECT_NE(header(first, "Link"), "");
    auto next = request("GET", "/webhooks", user(1000));
    next.query.emplace_back("cursor", std::string(json(first).at("nextCursor").as_string()));
    EXPECT_EQ(json(send(next)).at("webhooks").as_array().size(), 5U);
    EXPECT_TRUE(json(send(next)).at("nextCursor").is_null());
}

TEST_P(endpoints_contract, a_patch_changes_what_it_names) {
    const auto path = made();
    const auto call = [&](std::string body, std::string if_match = {}) {
        auto asked = request("PATCH", path, user(1000), std::move(body));
        return send(if_match.empty() ? asked : with(asked, "if-match", if_match));
    };
    const auto typed = call(R"({"eventTypes":["a.b"],"description":"x"})", "\"1\"");
    ASSERT_EQ(typed.status, 200U) << typed.body;
    EXPECT_EQ(header(typed, "ETag"), "\"2\"");
    EXPECT_EQ(webhook_in(typed).at("url"), "https://hooks.example.org/esm");
    EXPECT_EQ(webhook_in(typed).at("eventTypes"), bj::parse(R"(["a.b"])"));
    EXPECT_FALSE(webhook_in(typed).contains("secret"));
    EXPECT_EQ(call(R"({"description":"late"})", "\"1\"").status, 412U);
    EXPECT_EQ(header(call("{}"), "ETag"), "\"2\"");

    const auto off = call(R"({"enabled":false})");
    EXPECT_EQ(webhook_in(off).at("enabled"), false);
    EXPECT_EQ(webhook_in(off).at("disabledReason"), "its owner has turned it off");
    EXPECT_EQ(target(id_of(path)).disabled_reason, "its owner has turned it off");
    const auto on = call(R"({"enabled":true,"eventTypes":[],"url":"https://other.example.org/"})");
    EXPECT_EQ(webhook_in(on).at("enabled"), true);
    EXPECT_TRUE(webhook_in(on).at("disabledReason").is_null());
    EXPECT_TRUE(webhook_in(on).at("eventTypes").as_array().empty());
    EXPECT_EQ(target(id_of(path)).url, "https://other.example.org/");
    EXPECT_FALSE(target(id_of(path)).disabled_reason.has_value());
    EXPECT_EQ(webhook_in(send("GET", path)), webhook_in(on));

    EXPECT_THAT(fields(call(R"({"url":"https://10.0.0.1/"})")), ElementsAre("/url not_allowed"));
    EXPECT_THAT(fields(call(R"({"everyone":true})")), ElementsAre("/everyone unknown_field"));
    EXPECT_EQ(send("PATCH", path, "{}", 1001).status, 404U);
}

TEST_P(endpoints_contract, a_rotation_leaves_the_old_secret_for_a_day) {
    const auto path = made();
    const auto before = target(id_of(path)).secret;
    const auto reply = send("POST", path + "/secret");
    ASSERT_EQ(reply.status, 200U) << reply.body;
    const auto shown = webhook_in(reply);
    const auto after = target(id_of(path));
    EXPECT_EQ(shown.at("secret").as_string(), after.secret);
    EXPECT_NE(after.secret, before);
    EXPECT_EQ(after.previous_secret, before);
    const auto until = *parse_instant(shown.at("previousSecretUntil").as_string());
    EXPECT_NEAR(static_cast<double>(until - now_us()), static_cast<double>(a_day.count()), 10e6);
    EXPECT_EQ(header(reply, "ETag"), "\"2\"");
    EXPECT_EQ(webhook_in(send("GET", path)).at("previousSecretUntil"), shown.at("previousSecretUntil"));
    EXPECT_EQ(send(with(request("POST", path + "/secret", user(1000)), "if-match", "\"1\"")).status, 412U);
    EXPECT_EQ(send("POST", path + "/secret", {}, 1001).status, 404U);
    EXPECT_EQ(target(id_of(path)).secret, after.secret);
}

TEST_P(endpoints_contract, a_repeated_request_tells_the_secret_again_and_none_is_at_rest) {
    const auto call = with(request("POST", "/webhooks", user(1000), plain), "idempotency-key", "k1");
    const auto first = send(call);
    ASSERT_EQ(first.status, 201U) << first.body;
    EXPECT_EQ(send(call).body, first.body);
    EXPECT_EQ(json(send("GET", "/webhooks")).at("webhooks").as_array().size(), 1U);
    const auto stored = runtime_.block_on(scratch_->get().query(
        deadline_in(std::chrono::seconds(10)),
        http::sql::select_answer,
        std::string("user 1000"),
        std::string("k1")
    ));
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored.front().text(4).find("whsec_"), std::string::npos);

    const auto path = fmt::format("/webhooks/{}", webhook_in(first).at("webhookId").as_int64());
    const auto rotate = with(request("POST", path + "/secret", user(1000)), "idempotency-key", "k2");
    const auto rotated = send(rotate);
    EXPECT_EQ(send(rotate).body, rotated.body);
    EXPECT_EQ(webhook_in(rotated).at("secret").as_string(), target(id_of(path)).secret);
}

TEST_P(endpoints_contract, a_client_has_none) {
    for (const auto& [method, path] : std::vector<std::pair<std::string, std::string>>{
             {"POST", "/webhooks"},
             {"GET", "/webhooks"},
             {"GET", "/webhooks/1000"},
             {"PATCH", "/webhooks/1000"},
             {"DELETE", "/webhooks/1000"},
             {"POST", "/webhooks/1000/secret"},
             {"POST", "/webhooks/1000/test"}
         }) {
        const bool has_body = path == "/webhooks" ? method == "POST" : method == "PATCH";
        EXPECT_EQ(send(method, path, has_body ? plain : "", 0).status, 403U) << method << path;
    }
}

TEST_P(endpoints_contract, secrets_are_sealed_and_an_old_one_ends) {
    const auto path = made();
    const auto until = deadline_in(std::chrono::seconds(10));
    const auto other_key = security::master_key::from_hex(std::string(64, 'd'));
    EXPECT_THROW(
        runtime_.block_on(endpoint_store::find_target(scratch_->get(), other_key, id_of(path), until)),
        std::runtime_error
    );
    transact([&](db::transaction& tx) -> awaitable<bool> {
        endpoint_store::rotate(tx, code_key_, id_of(path), make_webhook_secret(), now_us() - 1);
        co_return true;
    });
    EXPECT_FALSE(target(id_of(path)).previous_secret.has_value());
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    endpoints_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
