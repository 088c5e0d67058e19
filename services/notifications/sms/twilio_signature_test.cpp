// Twilio's call-backs: its own example of a signature, one made by another implementation, and what is in
// them.
#include "services/notifications/sms/twilio_signature.hpp"

#include <gtest/gtest.h>

namespace esm::notifications {
namespace {

// The example of Twilio's documentation, "Webhooks security".
constexpr const char* documented_url = "https://mycompany.com/myapp.php?foo=1&bar=2";
const form_fields documented{
    {"Digits", "1234"},
    {"To", "+18005551212"},
    {"From", "+14158675310"},
    {"Caller", "+14158675310"},
    {"CallSid", "CA1234567890ABCDE"},
};

// Signed by Python's hmac module for the token "secret".
constexpr const char* callback_url = "https://esm.example/api/v1/notifications/sms/status";
constexpr const char* callback =
    "SmsSid=SM1&MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30005&To=%2B4930123456"
    "&From=%2B15005550006&AccountSid=AC1&ApiVersion=2010-04-01&SmsStatus=undelivered";
constexpr const char* callback_signature = "EDCUDv6CCbhLU8grqTyVFamdYAA=";

TEST(twilio_signature, is_what_twilio_documents) {
    EXPECT_TRUE(is_signed_by_twilio("12345", documented_url, documented, "GvWf1cFY/Q7PnoempGyD5oXAezc="));
}

TEST(twilio_signature, belongs_to_one_token_url_and_form) {
    const auto fields = read_twilio_form(callback);
    ASSERT_TRUE(fields);
    EXPECT_TRUE(is_signed_by_twilio("secret", callback_url, *fields, callback_signature));
    EXPECT_FALSE(is_signed_by_twilio("Secret", callback_url, *fields, callback_signature));
    EXPECT_FALSE(
        is_signed_by_twilio("secret", std::string(callback_url) + "?a=b", *fields, callback_signature)
    );
    auto changed = *fields;
    changed.front().second = "SM2";
    EXPECT_FALSE(is_signed_by_twilio("secret", callback_url, changed, callback_signature));
    auto more = *fields;
    more.emplace_back("Empty", "");
    EXPECT_FALSE(is_signed_by_twilio("secret", callback_url, more, callback_signature));
    for (const auto* signature :
         {"",
          "EDCUDv6CCbhLU8grqTyVFamdYAA",
          "EDCUDv6CCbhLU8grqTyVFamdYAE=",
          "EDCUDv6CCbhLU8grqTyVFamdYAA= ",
          "not base64!",
          "AAAA"}) {
        EXPECT_FALSE(is_signed_by_twilio("secret", callback_url, *fields, signature)) << signature;
    }
    // HMAC-SHA-1 with an empty key of an empty text: a service without a token believes nobody.
    EXPECT_FALSE(is_signed_by_twilio("", "", {}, "+9sdGxiqbAgyS31ktx+3Y3BpDh0="));
}

TEST(twilio_form, keeps_every_field_as_it_was_signed) {
    const auto read = read_twilio_form("A=1&B=&C=a%26b+c%3D&A=2");
    ASSERT_TRUE(read);
    EXPECT_EQ(*read, (form_fields{{"A", "1"}, {"B", ""}, {"C", "a&b c="}, {"A", "2"}}));
    EXPECT_TRUE(read_twilio_form("")->empty());
    for (const auto* broken : {"a=%4", "a=%zz", "a=%ff", "a=%00", "a#b"}) {
        EXPECT_FALSE(read_twilio_form(broken)) << broken;
    }
}

TEST(sms_report, tells_what_became_of_a_message) {
    const auto fields = read_twilio_form(callback);
    ASSERT_TRUE(fields);
    const auto report = read_sms_report(*fields);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->provider_id, "SM1");
    EXPECT_EQ(report->status, sms_status::undelivered);
    EXPECT_EQ(report->error_code, 30005U);
    using pair = std::pair<const char*, sms_status>;
    for (const auto& [name, status] : {
             pair{"queued", sms_status::queued},
             pair{"accepted", sms_status::queued},
             pair{"scheduled", sms_status::queued},
             pair{"sending", sms_status::queued},
             pair{"sent", sms_status::sent},
             pair{"delivered", sms_status::delivered},
             pair{"read", sms_status::read},
             pair{"undelivered", sms_status::undelivered},
             pair{"failed", sms_status::failed},
             pair{"canceled", sms_status::failed},
         }) {
        const auto read =
            read_sms_report({{"MessageStatus", name}, {"MessageSid", "SM2"}, {"ErrorCode", ""}});
        ASSERT_TRUE(read) << name;
        EXPECT_EQ(read->status, status) << name;
        EXPECT_EQ(read->error_code, std::nullopt);
    }
    EXPECT_FALSE(read_sms_report({{"MessageStatus", "sent"}}));
    EXPECT_FALSE(read_sms_report({{"MessageSid", ""}, {"MessageStatus", "sent"}}));
    EXPECT_FALSE(read_sms_report({{"MessageSid", "SM1"}}));
    EXPECT_FALSE(read_sms_report({{"MessageSid", "SM1"}, {"MessageStatus", "Sent"}}));
}

}  // namespace
}  // namespace esm::notifications
