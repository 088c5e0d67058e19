// The example of RFC 8291 byte by byte, the way there and back with keys of its own, and what is refused.
#include "services/notifications/push/web_push_encryption.hpp"

#include <gtest/gtest.h>

#include "platform/security/base64.hpp"
#include "services/notifications/push/test_browser.hpp"

namespace esm::notifications {
namespace {

std::string bytes(std::string_view text) {
    return security::base64url_decode(text).value();
}

// RFC 8291 section 5 and appendix A.
web_push_subscription example_receiver() {
    return {
        "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
        bytes("BTBZMqHH6r4Tts7J_aSIgg"),
    };
}

push_sender example_sender() {
    return {
        bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"),
        bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"),
    };
}

TEST(web_push_encryption, the_example_of_rfc_8291) {
    const auto body = encrypt_push(
        example_receiver(),
        "When I grow up, I want to be a watermelon",
        example_sender(),
        bytes("DGv6ra1nlYgDCS1FRnbzlw")
    );
    ASSERT_TRUE(body.has_value()) << body.error().detail;
    EXPECT_EQ(
        security::base64url_encode(*body),
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    );
}

TEST(web_push_encryption, the_browser_reads_what_was_sent) {
    const testing::browser receiver;
    const auto to = receiver.subscription("https://push.example.net/1");
    for (const auto size : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, push_plaintext_max_bytes}) {
        const std::string text(size, 'x');
        const auto body = encrypt_push(to, text);
        ASSERT_TRUE(body.has_value());
        EXPECT_EQ(body->size(), size + 103);
        EXPECT_EQ(receiver.open(*body), text);
    }
    EXPECT_EQ(encrypt_push(to, std::string(push_plaintext_max_bytes, 'x'))->size(), 4096U);
}

TEST(web_push_encryption, nobody_else_reads_it_and_no_bit_may_change) {
    const testing::browser receiver, another;
    auto body = encrypt_push(receiver.subscription("https://push.example.net/1"), "a secret").value();
    EXPECT_EQ(another.open(body), "");
    body[100] = static_cast<char>(body[100] ^ 1);
    EXPECT_EQ(receiver.open(body), "");
}

TEST(web_push_encryption, keys_and_salt_are_new_each_time) {
    const auto to = testing::browser().subscription("https://push.example.net/1");
    const auto one = encrypt_push(to, "text").value(), two = encrypt_push(to, "text").value();
    EXPECT_NE(one.substr(0, 16), two.substr(0, 16));
    EXPECT_NE(one.substr(21, 65), two.substr(21, 65));
}

TEST(web_push_encryption, what_is_too_long_is_refused) {
    const auto body = encrypt_push(example_receiver(), std::string(push_plaintext_max_bytes + 1, 'x'));
    ASSERT_TRUE(body.has_error());
    EXPECT_EQ(body.error().code, errc::payload_too_large);
}

TEST(web_push_encryption, keys_that_are_none_are_refused) {
    auto off_curve = example_receiver();
    off_curve.p256dh.back() = static_cast<char>(off_curve.p256dh.back() ^ 1);
    auto short_key = example_receiver();
    short_key.p256dh.pop_back();
    auto short_secret = example_receiver();
    short_secret.auth.pop_back();
    for (const auto& to : {off_curve, short_key, short_secret}) {
        const auto body = encrypt_push(to, "text");
        ASSERT_TRUE(body.has_error());
        EXPECT_EQ(body.error().code, errc::validation_failed);
    }
    auto sender = example_sender();
    sender.public_key.back() = '\0';
    EXPECT_TRUE(encrypt_push(example_receiver(), "text", sender, std::string(16, 's')).has_error());
    EXPECT_TRUE(encrypt_push(example_receiver(), "text", example_sender(), "short").has_error());
}

}  // namespace
}  // namespace esm::notifications
