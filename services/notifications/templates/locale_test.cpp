// The form of locales and the order in which others stand in.
#include "services/notifications/templates/locale.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

using testing::ElementsAre;

TEST(locale, is_brought_to_its_normal_case) {
    EXPECT_EQ(normalise_locale("DE"), "de");
    EXPECT_EQ(normalise_locale("de-at"), "de-AT");
    EXPECT_EQ(normalise_locale("ZH-hANT-tw"), "zh-Hant-TW");
    EXPECT_EQ(normalise_locale("sr-latn"), "sr-Latn");
    EXPECT_EQ(normalise_locale("es-419"), "es-419");
    EXPECT_EQ(normalise_locale("gsw"), "gsw");
}

TEST(locale, of_another_form_is_none) {
    for (const auto* text :
         {"",
          "d",
          "deutsch",
          "de_AT",
          "de-",
          "-de",
          "de--AT",
          "de-A",
          "de-AT-",
          "de-AT-Latn",
          "de-AUT",
          "de-1996",
          "de-DE-1996",
          "d1",
          "i-klingon",
          "de AT",
          "de-4190"}) {
        EXPECT_EQ(normalise_locale(text), std::nullopt) << text;
    }
}

TEST(locale, falls_back_to_its_language_then_the_default_then_english) {
    EXPECT_THAT(fallback_locales("de-AT", "fr-CA"), ElementsAre("de-AT", "de", "fr-CA", "fr", "en"));
    EXPECT_THAT(fallback_locales("zh-hant-tw", "en"), ElementsAre("zh-Hant-TW", "zh-Hant", "zh", "en"));
    EXPECT_THAT(fallback_locales("en-GB", "de"), ElementsAre("en-GB", "en", "de"));
}

TEST(locale, adds_nothing_of_an_unknown_form_but_its_known_beginning) {
    EXPECT_THAT(fallback_locales("de-DE-1996", "en"), ElementsAre("de-DE", "de", "en"));
    EXPECT_THAT(fallback_locales("", ""), ElementsAre("en"));
    EXPECT_THAT(fallback_locales("nonsense!", "de"), ElementsAre("de", "en"));
    EXPECT_THAT(fallback_locales(std::string(1000, '-'), "de"), ElementsAre("de", "en"));
}

TEST(locale, has_a_language) {
    EXPECT_EQ(language_of("de-AT"), "de");
    EXPECT_EQ(language_of("de"), "de");
}

}  // namespace
}  // namespace esm::notifications
