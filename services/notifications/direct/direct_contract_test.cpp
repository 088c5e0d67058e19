// Messages that somebody asks for, and those sent again: from the request to what goes out.
#include <gmock/gmock.h>

#include "services/notifications/devices/device_store.hpp"
#include "services/notifications/routes_fixture.hpp"

namespace esm::notifications {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class direct_contract : public routes_fixture {
protected:
    direct_contract() {
        settings_.public_url = "https://monitor.example.org";
        start_service();
    }

    http::response ask(boost::json::object message, const std::string& key = {}) {
        auto call = request("POST", "", user(1, {"notifications:send"}), boost::json::serialize(message));
        if (!key.empty()) call.headers.emplace_back("idempotency-key", key);
        return send(std::move(call));
    }
    boost::json::object sent(boost::json::object message) {
        const auto reply = ask(std::move(message));
        EXPECT_EQ(reply.status, 201U) << reply.body;
        return json(reply).at("notification").as_object();
    }
    static std::int64_t id_of(const boost::json::object& shown) {
        return shown.at("notificationId").as_int64();
    }
    boost::json::object get(std::int64_t id) {
        const auto path = fmt::format("/{}", id);
        return json(send(request("GET", path, user(1, {"notifications:admin"}))))
            .at("notification")
            .as_object();
    }
    boost::json::object ended(std::int64_t id) {
        EXPECT_TRUE(eventually([&] {
            const auto now = get(id).at("status");
            return now != "pending" && now != "sending" && now != "retrying";
        }));
        return get(id);
    }
    http::response resend(std::int64_t id, const std::string& key = {}) {
        auto call = request("POST", fmt::format("/{}/resend", id), user(1, {"notifications:admin"}));
        if (!key.empty()) call.headers.emplace_back("idempotency-key", key);
        return send(std::move(call));
    }
    void know(std::int64_t user_id, std::string_view name) {
        publish({user_event(user_id, name)});
        EXPECT_TRUE(eventually([&] { return rows_of("email").size() == 1 && mails().size() == 1; }));
    }
    void wish(std::int64_t user_id, std::string_view events) {
        const auto body = fmt::format(R"({{"events":{},"quietHours":null}})", events);
        const auto reply = send(with(request("PUT", "/preferences", user(user_id), body), "if-match", "*"));
        EXPECT_EQ(reply.status, 200U) << reply.body;
    }
    std::int64_t add_device(std::int64_t user_id, std::string token) {
        return transact([&](db::transaction& tx) -> awaitable<std::int64_t> {
            device_store::kept_device added;
            added.user_id = user_id;
            added.created_at = now_us();
            const device target = fcm_device{token};
            co_return (co_await device_store::save(tx, code_key_, added, target)).device_id;
        });
    }
    std::string last_mail() { return read_file(mails().back()); }
};

TEST_P(direct_contract, a_mail_goes_to_an_address_in_the_senders_words) {
    const auto reply = ask(
        {{"channel", "email"},
         {"address", "eve@example.org"},
         {"subject", "Your invoice"},
         {"text", "It is attached."},
         {"html", "<p>It is <b>attached</b>.</p>"}}
    );
    ASSERT_EQ(reply.status, 201U) << reply.body;
    const auto made = json(reply).at("notification").as_object();
    EXPECT_TRUE(made.at("userId").is_null());
    EXPECT_EQ(made.at("eventType"), "message.direct.v1");
    EXPECT_EQ(made.at("correlationId"), "correlation-1");
    EXPECT_EQ(json(reply).at("notifications"), (boost::json::array{made}));
    EXPECT_THAT(header(reply, "Location"), HasSubstr(fmt::format("/notifications/{}", id_of(made))));
    EXPECT_EQ(header(reply, "ETag"), "\"1\"");
    EXPECT_EQ(ended(id_of(made)).at("status"), "sent");
    EXPECT_EQ(get(id_of(made)).at("attemptLog").at(0).at("provider"), "primary");
    const auto mail = last_mail();
    for (const auto* part :
         {"To: eve@example.org", "Subject: Your invoice", "It is attached.", "<p>It is <b>attached</b>.</p>"
         }) {
        EXPECT_THAT(mail, HasSubstr(part));
    }
    EXPECT_THAT(mail, HasSubstr("List-Unsubscribe: <https://monitor.example.org"));
    EXPECT_EQ(send("GET", fmt::format("/{}", id_of(made)), "", 0).status, 404U)
        << "nobody's is not a client's";
}

TEST_P(direct_contract, a_critical_one_has_no_unsubscribe_link_and_ignores_wishes) {
    know(1000, "ada");
    wish(1000, R"({"*":{"email":{"enabled":false}}})");
    boost::json::object message{{"channel", "email"}, {"userId", 1000}, {"subject", "s"}, {"text", "t"}};
    const auto refused = sent(message);
    EXPECT_EQ(refused.at("status"), "skipped");
    EXPECT_EQ(refused.at("errorMessage"), "the user has turned it off");
    message["critical"] = true;
    const auto made = ended(id_of(sent(message)));
    EXPECT_EQ(made.at("status"), "sent");
    EXPECT_EQ(made.at("recipient"), "ada@example.org");
    EXPECT_EQ(made.at("critical"), true);
    EXPECT_THAT(last_mail(), Not(HasSubstr("List-Unsubscribe")));
}

TEST_P(direct_contract, a_user_can_turn_direct_messages_off_alone) {
    know(1000, "ada");
    wish(1000, R"({"message.direct.v1":{"in_app":{"enabled":false}}})");
    EXPECT_EQ(sent({{"channel", "in_app"}, {"userId", 1000}, {"text", "t"}}).at("status"), "skipped");
    EXPECT_EQ(
        sent({{"channel", "email"}, {"userId", 1000}, {"subject", "s"}, {"text", "t"}}).at("status"),
        "pending"
    );
}

TEST_P(direct_contract, a_message_waits_for_a_user_who_is_not_known_yet) {
    const auto made = sent({{"channel", "email"}, {"userId", 1000}, {"subject", "soon"}, {"text", "t"}});
    const auto number = sent({{"channel", "sms"}, {"userId", 1000}, {"text", "t"}});
    EXPECT_EQ(made.at("recipient"), "");
    publish({user_event(1000, "ada")});
    const auto after = ended(id_of(made));
    EXPECT_EQ(after.at("status"), "sent");
    EXPECT_EQ(after.at("recipient"), "ada@example.org");
    EXPECT_EQ(ended(id_of(number)).at("status"), "skipped") << "the user has no number";
}

TEST_P(direct_contract, a_push_message_goes_to_each_device) {
    const boost::json::object message{
        {"channel", "push"}, {"userId", 1000}, {"subject", "Title"}, {"text", "body"}
    };
    EXPECT_EQ(fields(ask(message)), std::vector<std::string>{"/userId no_device"});
    const auto one = add_device(1000, "token-1");
    const auto other = add_device(1000, "token-2");
    const auto reply = ask(message);
    ASSERT_EQ(reply.status, 201U) << reply.body;
    std::vector<std::string> recipients;
    const auto answer = json(reply);
    for (const auto& each : answer.at("notifications").as_array()) {
        recipients.emplace_back(each.at("recipient").as_string());
    }
    EXPECT_EQ(recipients, (std::vector{fmt::format("device {}", one), fmt::format("device {}", other)}));
}

TEST_P(direct_contract, an_inbox_shows_it_at_once_and_its_event_is_published) {
    const auto made =
        sent({{"channel", "in_app"}, {"userId", 1000}, {"subject", "Hello"}, {"text", "a & b"}});
    EXPECT_EQ(made.at("status"), "sent");
    EXPECT_EQ(made.at("title"), "Hello");
    EXPECT_EQ(made.at("body"), "a & b");
    const auto told = told_of("in_app", 1);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].type, "notification.sent.v1");
    EXPECT_EQ(boost::json::parse(told[0].data).at("body"), "a & b");
}

TEST_P(direct_contract, it_goes_out_when_it_is_asked_for) {
    const auto due = now_us() + 500'000;
    const auto made = sent(
        {{"channel", "email"},
         {"address", "eve@example.org"},
         {"subject", "s"},
         {"text", "t"},
         {"deliverAt", format_instant(due)}}
    );
    EXPECT_EQ(made.at("scheduledAt").as_string(), format_instant(due));
    EXPECT_EQ(ended(id_of(made)).at("status"), "sent");
    EXPECT_GE(*parse_instant(get(id_of(made)).at("sentAt").as_string()), due);
}

TEST_P(direct_contract, a_request_counts_once) {
    const boost::json::object message{{"channel", "in_app"}, {"userId", 1000}, {"text", "t"}};
    const auto first = ask(message, "key-1");
    EXPECT_EQ(ask(message, "key-1").body, first.body);
    EXPECT_EQ(rows().size(), 1U);
    auto other = message;
    other["text"] = "u";
    EXPECT_EQ(json(ask(other, "key-1")).at("code"), "idempotency_key_reused");
    EXPECT_NE(ask(message).body, first.body) << "without a key each is its own";
}

TEST_P(direct_contract, bad_input_is_named) {
    const auto refused = [&](boost::json::object message) { return fields(ask(std::move(message))); };
    using names = std::vector<std::string>;
    EXPECT_EQ(refused({{"channel", "email"}, {"x", 1}}), (names{"/text required", "/x unknown_field"}));
    EXPECT_EQ(ask({{"channel", "email"}, {"x", 1}}).status, 400U);
    EXPECT_EQ(
        refused({{"channel", "email"}, {"address", "eve"}, {"text", "t"}}),
        (names{"/address pattern", "/subject length"})
    );
    EXPECT_EQ(refused({{"channel", "fax"}, {"userId", 1000}, {"text", "t"}}), names{"/channel not_allowed"});
    EXPECT_EQ(
        refused({{"eventType", "a.b.v1"}, {"userId", 1000}, {"fields", "no"}}), names{"/fields wrong_type"}
    );
    EXPECT_EQ(
        refused({{"eventType", "nobody.knows.v1"}, {"userId", 1000}, {"fields", boost::json::object()}}),
        names{"/eventType no_rule"}
    );
    EXPECT_EQ(
        refused(
            {{"eventType", "user.password_reset_requested.v1"},
             {"userId", 1000},
             {"fields", boost::json::object{{"email", "eve@example.org"}, {"challengeId", "of ada"}}}}
        ),
        names{"/eventType not_allowed"}
    ) << "or whoever may send could have anybody's code";
}

TEST_P(direct_contract, nobody_writes_to_who_was_deleted) {
    publish({made("user-registration-events", "user.deleted.v1", "/users", 1000, R"({"userId":1000})")});
    const boost::json::object message{{"channel", "in_app"}, {"userId", 1000}, {"text", "t"}};
    EXPECT_TRUE(eventually([&] { return ask(message).status == 422; }));
    EXPECT_EQ(fields(ask(message)), std::vector<std::string>{"/userId deleted"});
}

TEST_P(direct_contract, an_event_is_told_as_if_it_had_come) {
    know(1000, "ada");
    const boost::json::object message{
        {"eventType", "task.completed.v1"},
        {"userId", 1000},
        {"fields",
         {{"taskId", 77}, {"taskReference", "TASK77"}, {"taskType", "report"}, {"unknown", "dropped"}}}
    };
    const auto reply = ask(message);
    ASSERT_EQ(reply.status, 201U) << reply.body;
    std::map<std::string, boost::json::object> by_channel;
    const auto answer = json(reply);
    for (const auto& each : answer.at("notifications").as_array()) {
        by_channel[std::string(each.at("channel").as_string())] = each.as_object();
    }
    ASSERT_TRUE(by_channel.contains("email") && by_channel.contains("in_app")) << reply.body;
    EXPECT_THAT(std::string(by_channel["in_app"].at("body").as_string()), HasSubstr("report"));
    EXPECT_EQ(ended(id_of(by_channel["email"])).at("status"), "sent");
    EXPECT_THAT(last_mail(), HasSubstr("TASK77"));

    wish(1000, R"({"task.completed.v1":{"email":{"digestMinutes":60},"in_app":{"digestMinutes":60}}})");
    const auto first = json(ask(message)).at("notifications").as_array();
    const auto second = json(ask(message)).at("notifications").as_array();
    ASSERT_EQ(second.size(), first.size());
    EXPECT_EQ(second.at(0).at("notificationId"), first.at(0).at("notificationId")) << "one digest";
    EXPECT_EQ(second.at(0).at("items"), 2);
}

TEST_P(direct_contract, a_notification_is_sent_again) {
    const auto first = sent(
        {{"channel", "email"}, {"address", "eve@example.org"}, {"subject", "Again"}, {"text", "once more"}}
    );
    ended(id_of(first));
    const auto reply = resend(id_of(first), "key-2");
    ASSERT_EQ(reply.status, 201U) << reply.body;
    EXPECT_EQ(resend(id_of(first), "key-2").body, reply.body);
    const auto made = json(reply).at("notification").as_object();
    EXPECT_NE(id_of(made), id_of(first));
    EXPECT_EQ(made.at("resendOf"), id_of(first));
    EXPECT_EQ(ended(id_of(made)).at("status"), "sent");
    EXPECT_EQ(get(id_of(made)).at("recipient"), "eve@example.org");
    EXPECT_EQ(mails().size(), 2U);
    EXPECT_THAT(last_mail(), HasSubstr("once more"));
    EXPECT_EQ(resend(id_of(made)).status, 201U) << "as often as it is asked for";
    EXPECT_EQ(resend(77777777).status, 404U);

    const auto shown = sent({{"channel", "in_app"}, {"userId", 1000}, {"subject", "T"}, {"text", "b"}});
    const auto again = json(resend(id_of(shown))).at("notification").as_object();
    EXPECT_EQ(again.at("status"), "sent");
    EXPECT_EQ(again.at("body"), "b");
}

TEST_P(direct_contract, a_template_and_a_digest_are_sent_again) {
    know(1000, "ada");
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    const auto welcome = rows_of("email").at(0).notification_id;
    const auto again = json(resend(welcome)).at("notification").as_object();
    EXPECT_EQ(ended(id_of(again)).at("status"), "sent");
    EXPECT_EQ(get(id_of(again)).at("subject"), get(welcome).at("subject"));

    const auto digest = transact([](db::transaction& tx) -> awaitable<std::int64_t> {
        notification_store::draft made;
        made.event_id = "event-1";
        made.event_type = "task.completed.v1";
        made.channel = "email";
        made.recipient_key = "user:1000";
        made.user_id = 1000;
        made.model = "{}";
        made.recipient = "ada@example.org";
        made.digest_key = "key";
        made.created_at = now_us();
        const std::vector<notification_store::draft> drafts{made};
        const auto id = (co_await notification_store::insert_all(tx, drafts)).front().value();
        co_await notification_store::add_to_digest(tx, "key");
        notification_store::insert_item(tx, id, "event-1", "Task one is done", 5);
        notification_store::insert_item(tx, id, "event-2", "Task two is done", 6);
        notification_store::ended_delivery ended;
        ended.after.notification_id = id;
        ended.after.status = status::sent;
        ended.after.version = 3;
        ended.after.sent_at = now_us();
        notification_store::record(tx, {ended});
        co_return id;
    });
    const auto resent = json(resend(digest)).at("notification").as_object();
    EXPECT_EQ(resent.at("items"), 2);
    EXPECT_EQ(ended(id_of(resent)).at("status"), "sent");
    EXPECT_THAT(last_mail(), HasSubstr("Task one is done"));
    EXPECT_THAT(last_mail(), HasSubstr("Task two is done"));
}

TEST_P(direct_contract, what_tells_of_another_user_still_does_when_it_is_sent_again) {
    const auto told = transact([](db::transaction& tx) -> awaitable<std::int64_t> {
        notification_store::draft made;
        made.event_id = "event-1";
        made.event_type = "task.created.v1";
        made.channel = "webhook";
        made.recipient_key = "webhook:1000";
        made.recipient = "1000";
        made.user_id = 1;
        made.about_user_id = 1000;
        made.model = "{}";
        made.status = status::sent;
        const std::vector<notification_store::draft> drafts{made};
        co_return (co_await notification_store::insert_all(tx, drafts)).front().value();
    });
    ASSERT_EQ(resend(told).status, 201U);
    for (const auto& each : rows_of("webhook")) EXPECT_EQ(each.about_user_id, 1000) << each.notification_id;
    EXPECT_EQ(rows_of("webhook").size(), 2U);
}

TEST_P(direct_contract, what_is_not_to_be_sent_again) {
    const auto later = sent(
        {{"channel", "email"},
         {"address", "eve@example.org"},
         {"subject", "s"},
         {"text", "t"},
         {"deliverAt", format_instant(now_us() + 3'600'000'000)}}
    );
    const auto waiting = resend(id_of(later));
    EXPECT_EQ(waiting.status, 409U);
    EXPECT_THAT(waiting.body, HasSubstr("has not ended yet"));

    wish(1000, R"({"*":{"in_app":{"enabled":false}}})");
    const auto skipped = sent({{"channel", "in_app"}, {"userId", 1000}, {"text", "t"}});
    EXPECT_THAT(resend(id_of(skipped)).body, HasSubstr("does not want it"));

    const auto over = fmt::format(
        R"({{"userId":1000,"email":"ada@example.org","challengeId":"c","keyId":"k","expiresAt":"{}"}})",
        format_instant(now_us() - 1'000'000)
    );
    publish({made("user-registration-events", "user.password_reset_requested.v1", "/users", 1000, over)});
    const auto is_code = [](const notification& each) {
        return each.event_type == "user.password_reset_requested.v1" && each.status == status::failed;
    };
    ASSERT_TRUE(eventually([&] {
        const auto all = rows();
        return std::any_of(all.begin(), all.end(), is_code);
    }));
    const auto all = rows();
    const auto code = std::find_if(all.begin(), all.end(), is_code);
    const auto reply = resend(code->notification_id);
    EXPECT_EQ(reply.status, 409U);
    EXPECT_THAT(reply.body, HasSubstr("a code that is over"));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    direct_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
