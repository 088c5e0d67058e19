// What templates may show, and the made up events that they are looked at with.
#include "services/notifications/catalogue/known_fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "services/notifications/templates/lint.hpp"
#include "services/notifications/templates/shipped.hpp"

namespace esm::notifications {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

rule invoice_rule() {
    rule made;
    made.event_type = "invoice.paid.v1";
    made.fields = {"number", "total"};
    return made;
}

std::vector<std::string> wrong(std::string_view given, const event_fields& known) {
    std::vector<std::string> found;
    for (const auto& each : check_event(boost::json::parse(given).as_object(), known)) {
        found.push_back(each.pointer + " " + each.code);
    }
    return found;
}

TEST(known_fields, every_shipped_event_has_a_sample_of_exactly_its_fields) {
    for (const auto& each : all_event_fields()) {
        const auto sample = sample_event(each);
        std::set<std::string> known, shown;
        for (const auto& field : each.fields) known.emplace(field.name);
        for (const auto& [name, value] : sample) shown.emplace(name);
        EXPECT_EQ(shown, known) << each.event_type;
        EXPECT_THAT(check_event(sample, each), IsEmpty()) << each.event_type;
    }
}

TEST(known_fields, every_shipped_template_shows_its_sample_without_a_gap) {
    contact ada;
    ada.first_name = "Ada";
    for (const auto& each : shipped_templates()) {
        const auto event = sample_event(*find_event_fields(each->event_type));
        const auto made = render(each, {.event = event, .to = ada});
        EXPECT_THAT(made.text, Not(IsEmpty())) << each->event_type;
        EXPECT_THAT(made.subject + made.text + made.html, Not(HasSubstr("{{"))) << each->event_type;
    }
}

TEST(known_fields, of_a_rule_stay_where_they_are_moved) {
    known_fields first(invoice_rule());
    const known_fields moved(std::move(first));
    EXPECT_EQ(moved.get().event_type, "invoice.paid.v1");
    EXPECT_EQ(sample_event(moved.get()), boost::json::parse(R"({"number":"number","total":"total"})"));
    EXPECT_THAT(
        names_for_templates(moved.get()),
        ElementsAre(
            "name",
            "user.username",
            "user.email",
            "publicUrl",
            "unsubscribeUrl",
            "locale",
            "event.number",
            "event.total"
        )
    );
}

TEST(known_fields, what_no_event_can_be_is_named) {
    const known_fields known(invoice_rule());
    EXPECT_THAT(wrong(R"({"number":"R1","total":1.5})", known.get()), IsEmpty());
    EXPECT_THAT(wrong(R"({"number":null,"total":true})", known.get()), IsEmpty());
    EXPECT_THAT(
        wrong(R"({"number":[],"a/b~c":1})", known.get()),
        ElementsAre("/event/number wrong_type", "/event/a~1b~0c unknown_field")
    );
    const auto& digest = *find_event_fields(digest_event_type);
    EXPECT_THAT(wrong(R"({"count":1,"items":[{"subject":"a"}]})", digest), IsEmpty());
    EXPECT_THAT(
        wrong(R"({"items":[1,{"subject":{},"x":1}]})", digest),
        ElementsAre(
            "/event/items/0 wrong_type", "/event/items/1/subject wrong_type", "/event/items/1/x unknown_field"
        )
    );
    EXPECT_THAT(wrong(R"({"items":{}})", digest), ElementsAre("/event/items wrong_type"));
    boost::json::array many(101, boost::json::object{});
    EXPECT_THAT(
        wrong(boost::json::serialize(boost::json::object{{"items", many}}), digest),
        ElementsAre("/event/items too_many")
    );
}

}  // namespace
}  // namespace esm::notifications
