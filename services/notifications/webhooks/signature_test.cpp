// Signatures against vectors of Python's hmac and an endpoint's own check; which secrets are some.
#include "services/notifications/webhooks/signature.hpp"

#include <gmock/gmock.h>

#include "services/notifications/webhooks/signature_verify.hpp"

namespace esm::notifications {
namespace {

using ::testing::MatchesRegex;

constexpr std::int64_t now_s = 1'795'000'000;
constexpr const char* known_secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* longest_secret =
    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

// base64.b64encode(hmac.new(key, b"id.timestamp.body", hashlib.sha256).digest()), Python 3.11.
TEST(webhook_signature, vectors_of_another_implementation) {
    EXPECT_EQ(
        *sign_webhook(
            {"msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"}, {known_secret}
        ),
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    );
    EXPECT_EQ(
        *sign_webhook({"msg_42", now_s, R"({"a":"ä€"})"}, {longest_secret}),
        "v1,ho+dkCqJA0s2mtQLi5TOnR51k8SuQ1BD6DQbH6IrGeQ="
    );
}

TEST(webhook_signature, each_secret_of_a_rotation_signs) {
    const signed_webhook what{"msg_42", now_s, "{}"};
    const auto current = make_webhook_secret(), previous = make_webhook_secret();
    const auto both = sign_webhook(what, {current, previous}).value();
    EXPECT_THAT(both, MatchesRegex("v1,[A-Za-z0-9+/]{43}= v1,[A-Za-z0-9+/]{43}="));
    EXPECT_EQ(both, *sign_webhook(what, {current}) + ' ' + *sign_webhook(what, {previous}));
    for (const auto& secret : {current, previous}) {
        EXPECT_TRUE(testing::verify_webhook("msg_42", std::to_string(now_s), "{}", both, secret, now_s));
    }
}

TEST(webhook_signature, nothing_may_change) {
    const auto secret = make_webhook_secret();
    const auto header = sign_webhook({"msg_42", now_s, "{}"}, {secret}).value();
    const auto verified = [&](std::string_view id, std::int64_t at, std::string_view body) {
        return testing::verify_webhook(id, std::to_string(at), body, header, secret, now_s);
    };
    EXPECT_TRUE(verified("msg_42", now_s, "{}"));
    EXPECT_FALSE(verified("msg_43", now_s, "{}"));
    EXPECT_FALSE(verified("msg_42", now_s + 1, "{}"));
    EXPECT_FALSE(verified("msg_42", now_s, "{ }"));
    const auto another = make_webhook_secret();
    EXPECT_FALSE(testing::verify_webhook("msg_42", std::to_string(now_s), "{}", header, another, now_s));
    EXPECT_FALSE(testing::verify_webhook("msg_42", std::to_string(now_s), "{}", header, secret, now_s + 301))
        << "played again later";
}

TEST(webhook_secret, is_made_of_32_random_bytes) {
    const auto secret = make_webhook_secret();
    EXPECT_THAT(secret, MatchesRegex("whsec_[A-Za-z0-9+/]{43}="));
    EXPECT_TRUE(is_webhook_secret(secret));
    EXPECT_NE(make_webhook_secret(), secret);
}

TEST(webhook_secret, what_is_one) {
    const auto of_bytes = [](std::size_t count) {
        return "whsec_" + testing::base64_of(std::string(count, 'k'));
    };
    EXPECT_TRUE(is_webhook_secret(known_secret)) << "24 bytes";
    EXPECT_TRUE(is_webhook_secret(longest_secret)) << "64 bytes";
    EXPECT_FALSE(is_webhook_secret(of_bytes(23)));
    EXPECT_TRUE(is_webhook_secret(of_bytes(24)));
    EXPECT_TRUE(is_webhook_secret(of_bytes(64)));
    EXPECT_FALSE(is_webhook_secret(of_bytes(65)));
    for (const auto* text :
         {"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!", "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
         }) {
        EXPECT_FALSE(is_webhook_secret(text)) << text;
    }
    EXPECT_FALSE(is_webhook_secret(of_bytes(32).substr(0, 49))) << "its padding is missing";
    const auto signature = sign_webhook({"msg_42", now_s, "{}"}, {known_secret, "whsec_short"});
    ASSERT_TRUE(signature.has_error());
    EXPECT_EQ(signature.error().code, errc::validation_failed);
}

}  // namespace
}  // namespace esm::notifications
