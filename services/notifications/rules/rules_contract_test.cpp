// Rules over REST, on both databases: laid over shipped ones, made for events of one's own, and what then
// becomes of events.
#include <gmock/gmock.h>

#include <thread>

#include "services/notifications/routes_fixture.hpp"

namespace esm::notifications {
namespace {

namespace bj = boost::json;
using std::chrono::seconds;
using ::testing::HasSubstr;
using strings = std::vector<std::string>;

constexpr auto invoice = "/rules/invoice.paid.v1";
constexpr auto invoice_rule =
    R"({"channels":{"email":true},"fields":["invoiceNumber"],"userField":"customerId",)"
    R"("recipientField":"mail"})";
constexpr auto invoice_mail = "/templates/invoice.paid.v1/email/en";
constexpr auto invoice_parts =
    R"({"parts":{"subject":"Invoice {{event.invoiceNumber}}","text":"Paid","html":"<p>Paid</p>"}})";

class rules_contract : public routes_fixture {
protected:
    rules_contract() { settings_.extra_topics = {"invoice-events"}; }

    void SetUp() override { start_service(); }

    http::response put(const std::string& path, std::string body, std::string if_match = {}) {
        auto call = request("PUT", path, user(7), std::move(body));
        if (!if_match.empty()) call.headers.emplace_back("if-match", std::move(if_match));
        return send(std::move(call));
    }
    http::response remove(const std::string& path, std::string if_match = {}) {
        auto call = request("DELETE", path, user(7));
        if (!if_match.empty()) call.headers.emplace_back("if-match", std::move(if_match));
        return send(std::move(call));
    }
    bj::object shown(const std::string& path) {
        const auto reply = send("GET", path);
        EXPECT_EQ(reply.status, 200U) << reply.body;
        return json(reply).at("rule").as_object();
    }
    events::event invoice_event(std::int64_t number) {
        const auto data = fmt::format(
            R"({{"invoiceNumber":"R{0}","customerId":1000,"mail":"ada@example.org","secret":"x"}})", number
        );
        return made("invoice-events", "invoice.paid.v1", "/invoices", number, data);
    }
    bool has_mail(std::string_view part) {
        const auto all = mails();
        return std::any_of(all.begin(), all.end(), [&](const auto& each) {
            return read_file(each).find(part) != std::string::npos;
        });
    }
};

TEST_P(rules_contract, shipped_ones_are_listed_and_read) {
    const auto listed = json(send("GET", "/rules")).at("rules").as_array();
    EXPECT_EQ(listed.size(), 8U);
    for (const auto& each : listed) EXPECT_EQ(each.at("shipped"), true);
    const auto reply = send("GET", "/rules/task.completed.v1");
    EXPECT_EQ(header(reply, "ETag"), "\"0\"");
    const auto one = json(reply).at("rule").as_object();
    EXPECT_EQ(one.at("channels"), bj::parse(R"({"email":true,"in_app":true,"push":true,"sms":false})"));
    EXPECT_EQ(one.at("userField"), "userId");
    EXPECT_TRUE(one.at("recipientField").is_null());
    EXPECT_EQ(send("GET", "/rules/task.created.v1").status, 404U);
    EXPECT_EQ(send("GET", "/rules/Task").status, 404U);
    EXPECT_EQ(fields(send("GET", "/rules?limit=1")), strings{"limit unknown_parameter"});
}

TEST_P(rules_contract, laid_over_a_shipped_one_and_taken_back) {
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return mails().size() == 1; }));
    constexpr auto path = "/rules/task.completed.v1";
    const auto reply = put(path, R"({"channels":{"in_app":true}})", "\"0\"");
    ASSERT_EQ(reply.status, 200U) << reply.body;
    EXPECT_EQ(header(reply, "ETag"), "\"1\"");
    const auto now = json(reply).at("rule").as_object();
    EXPECT_EQ(now.at("shipped"), false);
    EXPECT_GT(now.at("fields").as_array().size(), 5U) << "as shipped";
    EXPECT_EQ(shown(path), now);
    EXPECT_EQ(json(send("GET", "/rules")).at("rules").as_array().size(), 8U);
    publish({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return rows_of("in_app").size() == 2; }));
    EXPECT_EQ(rows_of("email").size(), 1U) << "the welcome alone";

    EXPECT_EQ(remove(path, "\"0\"").status, 412U);
    EXPECT_EQ(remove(path, "\"1\"").status, 204U);
    EXPECT_EQ(remove(path).status, 204U) << "nothing to be done";
    EXPECT_EQ(shown(path).at("version"), 0);
    publish({task_event(2001, 1000)});
    ASSERT_TRUE(eventually([&] { return mails().size() == 2; }));
    EXPECT_EQ(header(put(path, R"({"channels":{}})"), "ETag"), "\"3\"") << "no version is seen twice";
}

TEST_P(rules_contract, what_a_code_needs_stays) {
    constexpr auto path = "/rules/user.verification_requested.v1";
    const auto before = shown(path);
    const auto reply = put(path, R"({"channels":{"email":true}})");
    ASSERT_EQ(reply.status, 200U) << reply.body;
    const auto after = json(reply).at("rule").as_object();
    for (const auto* name : {"fields", "recipientField", "userField", "critical"}) {
        EXPECT_EQ(after.at(name), before.at(name)) << name;
    }
    EXPECT_EQ(
        fields(put(path, R"({"channels":{},"fields":["a"],"recipientField":"b","userField":"c"})")),
        (strings{"/fields shipped", "/userField shipped", "/recipientField shipped"})
    );
}

TEST_P(rules_contract, events_of_ones_own_become_messages) {
    const auto reply = put(invoice, invoice_rule);
    ASSERT_EQ(reply.status, 201U) << reply.body;
    EXPECT_EQ(json(send("GET", "/rules")).at("rules").as_array().size(), 9U);
    ASSERT_EQ(put(invoice_mail, invoice_parts).status, 201U);
    publish({invoice_event(1)});
    ASSERT_TRUE(eventually([&] { return has_mail("Subject: Invoice R1\r\n"); }));
    EXPECT_EQ(rows_of("email").front().user_id, 1000);

    // The service that comes next knows it before it takes in its first event.
    stop_service();
    router_.reset();
    publish({invoice_event(2)});
    start_service();
    ASSERT_TRUE(eventually([&] { return has_mail("Subject: Invoice R2\r\n"); }));
    ASSERT_EQ(remove(invoice).status, 204U);
    EXPECT_EQ(send("GET", invoice).status, 404U);
    EXPECT_EQ(remove(invoice).status, 404U);
    publish({invoice_event(3), user_event(1001, "bob")});
    ASSERT_TRUE(eventually([&] { return mails().size() == 3; }));
    EXPECT_FALSE(has_mail("Subject: Invoice R3\r\n"));
    EXPECT_EQ(put(invoice, invoice_rule, "*").status, 412U) << "there is none";
    EXPECT_EQ(header(put(invoice, invoice_rule), "ETag"), "\"3\"");
}

TEST_P(rules_contract, a_field_that_a_template_shows_cannot_be_left_out) {
    ASSERT_EQ(put(invoice, invoice_rule).status, 201U);
    ASSERT_EQ(put(invoice_mail, invoice_parts).status, 201U);
    const auto reply = put(invoice, R"({"channels":{"email":true},"fields":["total"]})");
    EXPECT_EQ(reply.status, 422U);
    EXPECT_EQ(fields(reply), strings{"/fields template"});
    EXPECT_THAT(reply.body, HasSubstr("the subject of email in en: line 1, column 9: "));
    EXPECT_EQ(shown(invoice).at("version"), 1);
    ASSERT_EQ(remove(invoice_mail).status, 204U);
    EXPECT_EQ(put(invoice, R"({"channels":{"email":true},"fields":["total"]})").status, 200U);
}

TEST_P(rules_contract, what_is_wrong_is_named) {
    for (const auto* body : {"[]", "{}", R"({"channels":[]})", R"({"channels":{"email":1}})"}) {
        EXPECT_EQ(put(invoice, body).status, 400U) << body;
    }
    EXPECT_EQ(
        fields(put(invoice, R"({"channels":{"webhook":true},"critical":1,"version":1})")),
        (strings{"/critical wrong_type", "/version unknown_field", "/channels/webhook unknown_field"})
    );
    EXPECT_EQ(
        fields(put(invoice, R"({"channels":{},"fields":["a","a","b c"],"userField":""})")),
        (strings{"/fields doubled", "/fields pattern", "/userField too_short"})
    );
    EXPECT_EQ(put("/rules/Invoice", invoice_rule).status, 404U);
    for (const auto* type : {"digest.v1", "message.direct.v1", "webhook.test.v1"}) {
        EXPECT_EQ(put(std::string("/rules/") + type, R"({"channels":{}})").status, 422U) << type;
    }
    EXPECT_EQ(put(invoice, invoice_rule, "\"0\"").status, 412U) << "there is none";
    EXPECT_EQ(send("GET", invoice).status, 404U);
}

TEST_P(rules_contract, of_several_at_once_one_has_seen_the_newest) {
    ASSERT_EQ(put(invoice, invoice_rule).status, 201U);
    constexpr int writers = 4;
    std::array<http::response, writers> replies;
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&, i] { replies[i] = put(invoice, invoice_rule, "\"1\""); });
    }
    for (auto& each : threads) each.join();
    const auto done =
        std::count_if(replies.begin(), replies.end(), [](const auto& each) { return each.status == 200; });
    EXPECT_EQ(done, 1);
    EXPECT_EQ(shown(invoice).at("version"), 2);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    rules_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
