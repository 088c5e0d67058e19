// The rule table, what of an event a message gets to see, and contacts out of user events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/notifications/contact.hpp"
#include "services/notifications/notification.hpp"
#include "services/notifications/rules/rule_set.hpp"
#include "services/notifications/templates/template_set.hpp"

namespace esm::notifications {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

boost::json::object object(std::string_view text) {
    return boost::json::parse(text).as_object();
}

std::vector<std::string> on_by_default(const rule& of) {
    std::vector<std::string> names;
    for (const auto& each : of.channels) {
        if (each.enabled) names.push_back(each.channel);
    }
    return names;
}

rule read(std::string_view event_type, std::string_view given) {
    const auto made = read_rule(event_type, object(given));
    EXPECT_TRUE(made.has_value()) << given;
    return made ? *made : rule{};
}

TEST(rules, every_shipped_rule_has_its_channels_and_a_template_for_each) {
    const template_set templates({}, "en");
    for (const auto& each : shipped_rules()) {
        EXPECT_FALSE(each.channels.empty()) << each.event_type;
        for (const auto& [channel, enabled] : each.channels) {
            EXPECT_TRUE(is_channel(channel)) << each.event_type;
            EXPECT_NE(templates.find(each.event_type, channel, "en"), nullptr) << each.event_type << channel;
        }
    }
    const rule_set rules({});
    EXPECT_NE(rules.find("user.registered.v1"), nullptr);
    EXPECT_NE(rules.find("task.completed.v1"), nullptr);
    EXPECT_NE(rules.find("task.failed.v1"), nullptr);
    EXPECT_EQ(rules.find("task.created.v1"), nullptr);
    EXPECT_EQ(rules.all().size(), shipped_rules().size());
}

TEST(rules, a_code_goes_by_mail_alone_to_the_address_that_it_proves) {
    for (const auto* type : {"user.verification_requested.v1", "user.password_reset_requested.v1"}) {
        const rule_set rules({});
        const auto& code = *rules.find(type);
        EXPECT_THAT(on_by_default(code), ElementsAre("email"));
        EXPECT_EQ(code.channels.size(), 1U) << "no user can have it elsewhere";
        EXPECT_EQ(code.recipient_field, "email");
        EXPECT_TRUE(code.critical);
    }
}

TEST(rules, what_costs_money_is_off_until_somebody_asks) {
    const rule_set rules({});
    for (const auto* type : {"task.completed.v1", "task.failed.v1", "task.timed_out.v1"}) {
        EXPECT_THAT(on_by_default(*rules.find(type)), UnorderedElementsAre("email", "in_app", "push"));
        EXPECT_EQ(rules.find(type)->channels.size(), 4U);
        EXPECT_FALSE(rules.find(type)->critical);
    }
    EXPECT_TRUE(rules.find("user.password_changed.v1")->critical);
    EXPECT_TRUE(rules.find(new_sign_in_type)->critical);
}

TEST(rules, a_stored_rule_stands_in_place_of_the_shipped_one) {
    auto quieter = read("task.completed.v1", R"({"channels":{"email":false,"in_app":true}})");
    quieter.version = 3;
    auto added = read("order.shipped.v1", R"({"channels":{"email":true},"fields":["orderId"]})");
    const rule_set rules({quieter, added});
    EXPECT_THAT(on_by_default(*rules.find("task.completed.v1")), ElementsAre("in_app"));
    EXPECT_EQ(rules.find("task.completed.v1")->version, 3);
    EXPECT_NE(rules.find("order.shipped.v1"), nullptr);
    EXPECT_EQ(rules.all().size(), shipped_rules().size() + 1);
}

TEST(rules, as_somebody_gives_and_stores_them) {
    auto made = read(
        "order.shipped.v1",
        R"({"channels":{"email":true,"sms":false},"critical":true,"fields":["orderId","city"],)"
        R"("userField":"customerId","recipientField":"mail"})"
    );
    made.version = 2;
    const auto back = from_stored("order.shipped.v1", 2, to_stored(made));
    EXPECT_EQ(to_json(back), to_json(made));
    EXPECT_EQ(
        to_json(back),
        object(R"({"eventType":"order.shipped.v1","channels":{"email":true,"sms":false},"critical":true,)"
               R"("fields":["orderId","city"],"userField":"customerId","recipientField":"mail",)"
               R"("version":2,"shipped":false})")
    );
    const auto shipped = read("task.failed.v1", R"({"channels":{"email":true}})");
    EXPECT_THAT(shipped.fields, Contains("errorMessage")) << "known, so not to be given";
    EXPECT_EQ(shipped.user_field, "userId");
}

TEST(rules, every_offending_field_is_named) {
    const auto pointers_of = [](std::string_view type, std::string_view given) {
        std::vector<std::string> pointers;
        const auto made = read_rule(type, object(given));
        if (made) return pointers;
        for (const auto& each : made.error().fields) pointers.push_back(each.pointer);
        return pointers;
    };
    EXPECT_THAT(
        pointers_of(
            "order.shipped.v1",
            R"({"channels":{"pigeon":true,"webhook":true,"email":1},"fields":["a-b"],"userField":"x y"})"
        ),
        UnorderedElementsAre(
            "/channels/pigeon", "/channels/webhook", "/channels/email", "/fields", "/userField"
        )
    );
    EXPECT_THAT(pointers_of("order.shipped.v1", R"({"critical":true})"), ElementsAre("/channels"));
    EXPECT_THAT(
        pointers_of("task.failed.v1", R"({"channels":{"email":true},"fields":["x"]})"), ElementsAre("/fields")
    );
    EXPECT_THAT(
        pointers_of("order.shipped.v1", R"({"channels":{},"template":"x"})"), ElementsAre("/template")
    );
}

TEST(rules, only_the_named_fields_are_kept) {
    const rule_set rules({});
    const auto picked = pick_fields(
        *rules.find("task.completed.v1"),
        object(
            R"({"taskId":1,"taskReference":"TASK1","result":{"rows":[1]},"errorMessage":null,"secret":"x"})"
        )
    );
    EXPECT_EQ(boost::json::serialize(picked), R"({"taskId":1,"taskReference":"TASK1"})");
}

TEST(rules, long_texts_are_cut_between_characters) {
    boost::json::object entity;
    std::string long_text = "x";
    for (int i = 0; i < 600; ++i) long_text += "ü";
    entity["errorMessage"] = long_text;
    const rule_set rules({});
    const auto picked = pick_fields(*rules.find("task.failed.v1"), entity);
    const auto kept = std::string(picked.at("errorMessage").as_string());
    EXPECT_EQ(kept.size(), 999U);
    EXPECT_EQ(kept.substr(997), "ü");
}

TEST(contact, read_from_a_user_event) {
    const auto read = read_contact(
        object(
            R"({"userId":1000,"username":"ada","email":"ada@example.org","firstName":"Ada","locale":"de-AT"})"
        ),
        3
    );
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->user_id, 1000);
    EXPECT_EQ(read->version, 3);
    EXPECT_EQ(read->email, "ada@example.org");
    EXPECT_EQ(read->locale, "de-AT");
    EXPECT_FALSE(read->phone.has_value());
}

TEST(contact, a_number_where_the_account_has_one) {
    const auto read = read_contact(
        object(R"({"userId":1000,"username":"ada","email":"ada@example.org","firstName":"Ada",)"
               R"("phone":"+436641234567"})"),
        1
    );
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->phone, "+436641234567");
}

TEST(contact, events_that_can_never_be_applied) {
    for (const auto* broken :
         {R"({})",
          R"({"userId":"1000"})",
          R"({"userId":-1})",
          R"({"userId":1000})",
          R"({"userId":1000,"email":"no address","username":"ada","firstName":"Ada"})",
          R"({"userId":1000,"email":"a@b.example\r\nBcc: c@d.example","username":"ada","firstName":"Ada"})",
          R"({"userId":1000,"email":"ada@example.org","username":5,"firstName":"Ada"})"}) {
        const auto read = read_contact(object(broken), 1);
        ASSERT_FALSE(read.has_value()) << broken;
        EXPECT_EQ(read.error().code, errc::malformed_request);
    }
}

TEST(notification, statuses_have_the_contracts_names) {
    for (const auto* name :
         {"pending", "sending", "sent", "delivered", "bounced", "retrying", "failed", "suppressed", "skipped"
         }) {
        const auto known = parse_status(name);
        ASSERT_TRUE(known.has_value()) << name;
        EXPECT_EQ(to_text(*known), name);
    }
    EXPECT_FALSE(parse_status("gone").has_value());
    EXPECT_FALSE(is_final(status::retrying));
    EXPECT_TRUE(is_final(status::failed));
}

}  // namespace
}  // namespace esm::notifications
