// Strangers' words made fit to be kept and shown; ids of destinations.
#include "services/notifications/provider_reply.hpp"

#include <gtest/gtest.h>

#include "platform/base/utf8.hpp"

namespace esm::notifications {
namespace {

fetch::reply answered(unsigned status, std::string body) {
    fetch::reply made;
    made.how = fetch::reply::kind::answered;
    made.status = status;
    made.body = std::move(body);
    return made;
}

TEST(provider_reply, words_stand_on_one_line) {
    EXPECT_EQ(visible_text("  a\r\n\tb  c\x1b[31m ", 100), "a b c [31m");
    EXPECT_EQ(visible_text(std::string_view("a\0b", 3), 100), "a b");
    EXPECT_EQ(visible_text("x\u202eevil\u2066y\u2028z\u0085w", 100), "x evil y z w");
    EXPECT_EQ(visible_text("", 100), "");
    EXPECT_EQ(visible_text(" \n", 100), "");
}

TEST(provider_reply, what_is_no_utf8_is_left_out) {
    EXPECT_EQ(visible_text("gr\xfc\xdf dich", 100), "gr dich");
    EXPECT_EQ(visible_text("grü\xc3", 100), "grü");
}

TEST(provider_reply, characters_are_counted_not_bytes) {
    EXPECT_EQ(visible_text("äöü€😀x", 5), "äöü€😀");
    EXPECT_EQ(visible_text("a b", 2), "a") << "no space at the end";
    EXPECT_EQ(visible_text("abc", 0), "");
    const auto words = reply_words(answered(503, std::string(10'000, 'x')));
    EXPECT_EQ(words, "503: " + std::string(200, 'x'));
}

TEST(provider_reply, says_the_status_or_why_there_is_none) {
    EXPECT_EQ(reply_words(answered(204, "")), "204");
    EXPECT_EQ(reply_words(answered(410, "gone\n")), "410: gone");
    fetch::reply silent;
    silent.text = "no answer in time";
    EXPECT_EQ(reply_words(silent), "no answer in time");
}

TEST(provider_reply, a_delay_counts_where_it_may_be_tried_later) {
    auto busy = answered(429, "slow down");
    busy.headers = {{"retry-after", "17"}};
    const auto later = answer_with(send_outcome::try_later, busy);
    EXPECT_EQ(later.outcome, send_outcome::try_later);
    EXPECT_EQ(later.text, "429: slow down");
    EXPECT_EQ(later.retry_after, std::chrono::seconds(17));
    EXPECT_FALSE(answer_with(send_outcome::refused, busy).retry_after.has_value());
}

TEST(provider_reply, silence_and_what_it_means) {
    const auto outcome = [](fetch::reply::kind how) {
        fetch::reply got;
        got.how = how;
        return judge_silence(got, send_outcome::try_later)->outcome;
    };
    EXPECT_EQ(outcome(fetch::reply::kind::away), send_outcome::try_later);
    EXPECT_EQ(outcome(fetch::reply::kind::forbidden), send_outcome::refused);
    EXPECT_EQ(outcome(fetch::reply::kind::stopped), send_outcome::cut);
    EXPECT_FALSE(judge_silence(answered(503, ""), send_outcome::away).has_value()) << "an answer is none";
}

TEST(provider_reply, ids_of_destinations) {
    EXPECT_EQ(destination_id("42"), 42);
    for (const auto* text : {"", "0", "-1", "42x", " 42", "+42", "99999999999999999999", "a@example.com"}) {
        EXPECT_FALSE(destination_id(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace esm::notifications
