// What browsers ask for by their headers.
#include "services/notifications/wishes/page_language.hpp"

#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

TEST(page_language, german_where_it_is_wanted_most) {
    for (const auto* each :
         {"de",
          "de-AT",
          "DE-de",
          "fr, de;q=0.5",
          "de-AT,de;q=0.9,en;q=0.8",
          "en;q=0.3, de;q=0.4",
          "en;q=0, de;q=0.1"}) {
        EXPECT_EQ(choose_language(each), page_language::german) << each;
    }
}

TEST(page_language, english_where_it_is_wanted_most_or_nothing_is_known) {
    for (const auto* each :
         {"", "en", "en-GB", "fr", "*", "en, de", "de;q=0.5, en", "de;q=0", "den", "de;q=x", ",,;"}) {
        EXPECT_EQ(choose_language(each), page_language::english) << each;
    }
}

TEST(page_language, a_page_is_for_browsers) {
    EXPECT_TRUE(asks_for_page("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
    EXPECT_TRUE(asks_for_page("application/json, TEXT/HTML;q=0.1"));
    EXPECT_FALSE(asks_for_page(""));
    EXPECT_FALSE(asks_for_page("*/*"));
    EXPECT_FALSE(asks_for_page("application/json"));
    EXPECT_FALSE(asks_for_page("text/html;q=0"));
    EXPECT_FALSE(asks_for_page("text/htmlx"));
}

}  // namespace
}  // namespace esm::notifications
