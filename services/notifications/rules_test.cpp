// The rule table, what of an event a message gets to see, and contacts out of user events.
#include "services/notifications/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/notifications/contact.hpp"
#include "services/notifications/notification.hpp"
#include "services/notifications/templates.hpp"

namespace esm::notifications {
namespace {

boost::json::object object(std::string_view text) {
    return boost::json::parse(text).as_object();
}

TEST(rules, every_rule_has_its_template_and_channel) {
    for (const auto& each : all_rules()) {
        EXPECT_TRUE(has_template(each.template_name)) << each.event_type;
        EXPECT_TRUE(is_channel(each.channel)) << each.event_type;
    }
    EXPECT_TRUE(has_rule("user.registered.v1"));
    EXPECT_TRUE(has_rule("task.completed.v1"));
    EXPECT_TRUE(has_rule("task.failed.v1"));
    EXPECT_FALSE(has_rule("task.created.v1"));
}

TEST(rules, only_the_named_fields_are_kept) {
    const auto& rule = all_rules()[1];
    const auto picked = pick_fields(
        rule,
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
    const auto picked = pick_fields(all_rules()[2], entity);
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
