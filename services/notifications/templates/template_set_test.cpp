// Which template a message is made of.
#include "services/notifications/templates/template_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

stored_template sms(std::string locale, std::string text, std::int64_t version = 1) {
    return {"task.completed.v1", "sms", std::move(locale), version, {{"text", std::move(text)}}};
}

std::string found(const template_set& in, std::string_view locale) {
    const auto which = in.find("task.completed.v1", "sms", locale);
    if (which == nullptr) return "none";
    return which->version == 0 ? "shipped " + which->locale : which->parts.at("text");
}

TEST(template_set, without_stored_templates_has_the_shipped_ones) {
    const template_set all({}, "en");
    EXPECT_EQ(found(all, "en"), "shipped en");
    EXPECT_EQ(found(all, "de-AT"), "shipped de");
    EXPECT_EQ(found(all, "fr"), "shipped en");
    EXPECT_EQ(found(all, ""), "shipped en");
    EXPECT_EQ(found(template_set({}, "de"), "fr"), "shipped de");
    EXPECT_EQ(all.find("task.completed.v1", "webhook", "en"), nullptr);
    EXPECT_EQ(all.find("task.created.v1", "sms", "en"), nullptr);
}

TEST(template_set, a_better_locale_wins_then_the_stored_one) {
    const template_set all({sms("de-at", "Servus"), sms("en", "ours"), sms("fr", "Bonjour")}, "en");
    EXPECT_EQ(found(all, "de-AT"), "Servus");
    EXPECT_EQ(found(all, "de-DE"), "shipped de") << "a stored English one is a worse match";
    EXPECT_EQ(found(all, "en-GB"), "ours");
    EXPECT_EQ(found(all, "fr-CA"), "Bonjour");
    EXPECT_EQ(found(all, "it"), "ours");
    EXPECT_EQ(found(template_set({sms("fr", "Bonjour")}, "fr"), "it"), "Bonjour");
}

TEST(template_set, a_stored_template_may_be_of_an_event_without_a_shipped_one) {
    const template_set all({{"task.created.v1", "sms", "en", 1, {{"text", "created"}}}}, "en");
    ASSERT_NE(all.find("task.created.v1", "sms", "de"), nullptr);
    EXPECT_EQ(all.find("task.created.v1", "email", "de"), nullptr);
}

TEST(template_set, the_highest_version_counts) {
    EXPECT_EQ(
        found(template_set({sms("en", "one", 1), sms("en", "three", 3), sms("EN", "two", 2)}, "en"), "en"),
        "three"
    );
}

TEST(template_set, what_cannot_be_rendered_is_left_out_and_told) {
    const template_set all(
        {sms("en", "{{#a}}"),
         sms("deutsch", "x"),
         {"task.failed.v1", "push", "en", 1, {{"title", "t"}}},
         {"task.failed.v1", "webhook", "en", 1, {}},
         sms("de", std::string(2000, 'x'))},
        "en"
    );
    EXPECT_EQ(found(all, "en"), "shipped en");
    EXPECT_THAT(
        all.refused(),
        ElementsAre(
            "task.completed.v1 sms en: text:1:1: the section a is not closed",
            "task.completed.v1 sms deutsch: the locale has another form than de-AT",
            "task.failed.v1 push en: the body is missing",
            "task.failed.v1 webhook en: the channel has no templates",
            "task.completed.v1 sms de: the text is too large"
        )
    );
    EXPECT_THAT(template_set({sms("en", "good")}, "en").refused(), IsEmpty());
}

TEST(template_set, a_template_outlives_its_set) {
    auto held = template_set({sms("en", "held")}, "en").find("task.completed.v1", "sms", "en");
    EXPECT_EQ(held->parts.at("text"), "held");
}

}  // namespace
}  // namespace esm::notifications
