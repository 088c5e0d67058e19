// What a provider of text messages tells later on, on both databases: once, in any order, and only from it.
#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "platform/http/text.hpp"
#include "services/notifications/reports/sent_fixture.hpp"

namespace esm::notifications {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view token = "12345", fallback_token = "67890";

// Written anew from Twilio's description, so that a mistake in what is tested shows.
std::string signature_of(std::string_view key, std::string text) {
    std::string code(20, '\0');
    std::size_t size = 0;
    auto* to = reinterpret_cast<unsigned char*>(code.data());
    const auto* from = reinterpret_cast<const unsigned char*>(text.data());
    EVP_Q_mac(
        nullptr, "HMAC", nullptr, "SHA1", nullptr, key.data(), key.size(), from, text.size(), to, 20, &size
    );
    std::string encoded(sodium_base64_encoded_len(size, sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(encoded.data(), encoded.size(), to, size, sodium_base64_VARIANT_ORIGINAL);
    encoded.pop_back();
    return encoded;
}

class sms_report_test : public sent_fixture {
protected:
    sms_report_test() {
        settings_.public_url = "https://monitor.example.org";
        settings_.sms_url = "http://127.0.0.1:1";
        settings_.sms_account = "AC1";
        settings_.sms_token = token;
        settings_.sms_sender = "+14155550100";
        settings_.sms_fallback_token = fallback_token;
    }

    static http::request report(
        const std::map<std::string, std::string>& fields, std::string_view signed_with = token
    ) {
        std::string body;
        std::string text =
            "https://monitor.example.org/api/v1/eventstreammonitor/notifications/callbacks/sms";
        for (const auto& [name, value] : fields) {
            if (!body.empty()) body += '&';
            body += name + '=' + http::percent_encode(value);
            text += name + value;
        }
        auto call = request("POST", "/callbacks/sms", {});
        call.ctx.caller.reset();
        call.body = body;
        call.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
        if (!signed_with.empty())
            call.headers.emplace_back("x-twilio-signature", signature_of(signed_with, text));
        return call;
    }

    unsigned tell(std::string id, std::string status, std::string code = {}) {
        std::map<std::string, std::string> fields{
            {"MessageSid", id}, {"MessageStatus", status}, {"To", "+4366012 34"}
        };
        if (!code.empty()) fields["ErrorCode"] = code;
        return send(report(fields)).status;
    }
};

TEST_P(sms_report_test, delivered_once_and_never_back) {
    start_service();
    const auto id = sent_to("sms", "+436601234567", "SM1");
    EXPECT_EQ(tell("SM1", "queued"), 204U);
    EXPECT_EQ(tell("SM1", "sent"), 204U);
    EXPECT_EQ(row(id).status, status::sent);
    EXPECT_EQ(row(id).version, 2);
    const auto before = now_us();
    EXPECT_EQ(tell("SM1", "delivered"), 204U);
    const auto after = row(id);
    EXPECT_EQ(after.status, status::delivered);
    EXPECT_GE(after.delivered_at.value_or(0), before);
    EXPECT_EQ(after.version, 3);
    for (const auto* late : {"undelivered", "delivered", "sent", "failed"})
        EXPECT_EQ(tell("SM1", late), 204U);
    EXPECT_EQ(row(id).status, status::delivered);
    EXPECT_EQ(row(id).version, 3);
    EXPECT_THAT(suppressed(), IsEmpty());
}

TEST_P(sms_report_test, undelivered_bounces_and_a_number_that_is_none_is_left_alone) {
    start_service();
    const auto off = sent_to("sms", "+436601234567", "SM1");
    EXPECT_EQ(tell("SM1", "undelivered", "30003"), 204U);
    EXPECT_EQ(row(off).status, status::bounced);
    EXPECT_EQ(row(off).error_message, "the carrier could not deliver it: error 30003");
    EXPECT_THAT(suppressed(), IsEmpty()) << "a phone that is switched off comes back";

    const auto landline = sent_to("sms", "+43131234567", "SM2");
    EXPECT_EQ(tell("SM2", "failed", "30006"), 204U);
    EXPECT_EQ(tell("SM2", "delivered"), 204U);
    EXPECT_EQ(row(landline).status, status::bounced);
    EXPECT_FALSE(row(landline).delivered_at.has_value());
    EXPECT_THAT(
        suppressed(), ElementsAre("sms +43131234567 bounced: the provider could not send it: error 30006")
    );

    const auto told = published("notification-events", 2);
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].type, "notification.failed.v1");
    EXPECT_EQ(told[0].aggregate_version, 3);
    EXPECT_EQ(boost::json::parse(told[1].data).at("status").as_string(), "bounced");
    EXPECT_EQ(told[1].key, std::to_string(landline));
}

TEST_P(sms_report_test, what_is_not_known_is_taken_and_changes_nothing) {
    start_service();
    const auto mail = sent_to("email", "ada@example.org", "SM1");
    const auto id = sent_to("sms", "+436601234567", "SM2");
    EXPECT_EQ(tell("SM1", "delivered"), 204U) << "no text message";
    EXPECT_EQ(tell("SM3", "delivered"), 204U);
    EXPECT_EQ(tell("SM2", "a state of tomorrow"), 204U);
    EXPECT_EQ(send(report({{"Body", "hello"}})).status, 204U);
    EXPECT_EQ(row(mail).status, status::sent);
    EXPECT_EQ(row(id).status, status::sent);
}

TEST_P(sms_report_test, only_the_providers_are_believed) {
    start_service();
    const auto id = sent_to("sms", "+436601234567", "SM1");
    const std::map<std::string, std::string> fields{{"MessageSid", "SM1"}, {"MessageStatus", "delivered"}};
    auto reply = send(report(fields, "another"));
    EXPECT_EQ(reply.status, 401U);
    EXPECT_EQ(json(reply).at("code").as_string(), "invalid_token");
    reply = send(report(fields, ""));
    EXPECT_EQ(reply.status, 401U);
    EXPECT_EQ(json(reply).at("code").as_string(), "unauthenticated");
    auto changed = report(fields);
    changed.body += "&ErrorCode=30006";
    EXPECT_EQ(send(changed).status, 401U);
    auto broken = report(fields);
    broken.body = "MessageSid=%zz";
    EXPECT_EQ(send(broken).status, 400U);
    EXPECT_EQ(row(id).status, status::sent);
    EXPECT_EQ(send(report(fields, fallback_token)).status, 204U) << "the standby's";
    EXPECT_EQ(row(id).status, status::delivered);
}

TEST_P(sms_report_test, there_is_no_such_place_without_a_provider_or_an_address_of_ours) {
    const std::map<std::string, std::string> fields{{"MessageSid", "SM1"}, {"MessageStatus", "delivered"}};
    settings_.sms_url.clear();
    start_service();
    EXPECT_EQ(send(report(fields)).status, 404U);
    stop_service();
    router_.reset();
    settings_.sms_url = "http://127.0.0.1:1";
    settings_.public_url.clear();
    start_service();
    EXPECT_EQ(send(report(fields)).status, 404U);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    sms_report_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
