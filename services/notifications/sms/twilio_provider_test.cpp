// The SMS channel against a server that answers as Twilio documents it.
#include "services/notifications/sms/twilio_provider.hpp"

#include <gmock/gmock.h>

#include "platform/fetch/courier_fixture.hpp"

namespace esm::notifications {
namespace {

using fetch::testing::test_server;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

outgoing message_to(std::string recipient, std::string text = "Hello") {
    outgoing made;
    made.what.recipient = std::move(recipient);
    made.content.text = std::move(text);
    return made;
}

twilio_options options_for(const test_server& server) {
    twilio_options made;
    made.api_url = server.url();
    made.account_sid = "AC123";
    made.auth_token = "secret";
    made.sender = "+15005550006";
    made.timeout = 2s;
    return made;
}

class twilio_provider_test : public ::testing::Test {
protected:
    send_answer send(twilio_provider& by, outgoing message) {
        return runtime_.block_on(by.send(std::move(message)));
    }

    esm::testing::started_runtime runtime_;
    fetch::courier courier_{{}};
};

TEST_F(twilio_provider_test, sends_a_form_and_keeps_the_sid) {
    std::string asked;
    const test_server server([&](const std::string& given) {
        asked = given;
        return fetch::testing::answer(
            "201 CREATED", R"({"sid": "SM0123456789abcdef0123456789abcdef", "status": "queued"})"
        );
    });
    auto options = options_for(server);
    options.status_callback_url = "https://esm.example/sms?a=b";
    twilio_provider provider(courier_, options);
    const auto answer = send(provider, message_to("+4930123456", "Grüße & 1+1=2"));
    EXPECT_EQ(answer.outcome, send_outcome::accepted) << answer.text;
    EXPECT_EQ(answer.provider_id, "SM0123456789abcdef0123456789abcdef");
    EXPECT_THAT(asked, StartsWith("POST /2010-04-01/Accounts/AC123/Messages.json HTTP/1.1\r\n"));
    EXPECT_THAT(asked, HasSubstr("authorization: Basic QUMxMjM6c2VjcmV0\r\n"));
    EXPECT_THAT(asked, HasSubstr("content-type: application/x-www-form-urlencoded\r\n"));
    EXPECT_THAT(
        asked,
        EndsWith("\r\n\r\nTo=%2B4930123456&From=%2B15005550006&Body=Gr%C3%BC%C3%9Fe%20%26%201%2B1%3D2"
                 "&StatusCallback=https%3A%2F%2Fesm.example%2Fsms%3Fa%3Db")
    );
}

TEST_F(twilio_provider_test, names_a_messaging_service_as_one) {
    std::string asked;
    const test_server server([&](const std::string& given) {
        asked = given;
        return fetch::testing::answer("201 CREATED", "{}");
    });
    for (const auto* sender : {"MG0123456789abcdef0123456789abcdef", "MGLondon", "ACME"}) {
        auto options = options_for(server);
        options.sender = sender;
        twilio_provider provider(courier_, options);
        EXPECT_EQ(send(provider, message_to("+4930123456")).outcome, send_outcome::accepted);
        const std::string_view field = std::string_view(sender).size() == 34 ? "MessagingServiceSid" : "From";
        EXPECT_THAT(asked, HasSubstr(fmt::format("&{}={}&", field, sender)));
        EXPECT_THAT(asked, Not(HasSubstr("StatusCallback")));
    }
}

TEST_F(twilio_provider_test, asks_nobody_about_what_is_no_number) {
    const test_server server([](const std::string&) { return fetch::testing::answer("201 CREATED", "{}"); });
    twilio_provider provider(courier_, options_for(server));
    for (const auto* recipient : {"", "030123456", "ada@example.org"}) {
        EXPECT_EQ(send(provider, message_to(recipient)).outcome, send_outcome::gone) << recipient;
    }
    EXPECT_EQ(server.asked(), 0);
}

TEST_F(twilio_provider_test, is_away_where_nobody_answers) {
    const test_server server([](const std::string&) { return std::string(); });
    twilio_provider provider(courier_, options_for(server));
    EXPECT_EQ(send(provider, message_to("+4930123456")).outcome, send_outcome::away);
    auto options = options_for(server);
    options.api_url = "not a URL";
    twilio_provider lost(courier_, options);
    const auto answer = send(lost, message_to("+4930123456"));
    EXPECT_EQ(answer.outcome, send_outcome::away);
    EXPECT_THAT(answer.text, HasSubstr("api_url"));
}

TEST_F(twilio_provider_test, gives_up_what_is_in_flight_when_its_courier_stops) {
    fetch::testing::barrier held;
    const test_server server([&](const std::string&) {
        held.wait();
        return fetch::testing::answer("201 CREATED", "{}");
    });
    auto options = options_for(server);
    options.timeout = 60s;
    twilio_provider provider(courier_, options);
    auto under_way =
        asio::co_spawn(runtime_.executor(1), provider.send(message_to("+4930123456")), asio::use_future);
    EXPECT_TRUE(esm::testing::eventually(5s, [&] { return server.asked() == 1; }));
    courier_.stop();
    EXPECT_EQ(under_way.wait_for(2s), std::future_status::ready);
    EXPECT_EQ(under_way.get().outcome, send_outcome::cut);
    held.open();
}

send_answer judged(unsigned status, std::string body, std::string retry_after = {}) {
    fetch::reply got;
    got.how = fetch::reply::kind::answered;
    got.status = status;
    got.body = std::move(body);
    if (!retry_after.empty()) got.headers = {{"retry-after", std::move(retry_after)}};
    return judge_twilio(got);
}

std::string error_body(int code, std::string_view message) {
    return fmt::format(R"({{"code": {}, "message": "{}", "more_info": "https://x"}})", code, message);
}

TEST(twilio_reply, of_success_is_accepted_whatever_its_body) {
    for (const auto* body : {"", "{}", "[]", "no JSON", R"({"sid": 1})"}) {
        const auto answer = judged(201, body);
        EXPECT_EQ(answer.outcome, send_outcome::accepted) << body;
        EXPECT_EQ(answer.provider_id, "");
    }
    EXPECT_EQ(judged(200, R"({"sid": "SM1"})").provider_id, "SM1");
}

TEST(twilio_reply, may_ask_for_patience) {
    for (const unsigned status : {408U, 429U, 500U, 502U, 503U, 504U}) {
        const auto answer = judged(status, error_body(20429, "Too Many Requests"), "7");
        EXPECT_EQ(answer.outcome, send_outcome::try_later) << status;
        EXPECT_EQ(answer.retry_after, 7s);
        EXPECT_EQ(answer.text, fmt::format("{} 20429: Too Many Requests", status));
    }
    EXPECT_EQ(judged(503, "").retry_after, std::nullopt);
    EXPECT_EQ(judged(503, "<p>down</p>").text, "503: <p>down</p>");
}

TEST(twilio_reply, blames_the_configuration) {
    using blamed = std::pair<unsigned, const char*>;
    for (const auto& [status, setting] :
         {blamed{401, "auth_token"},
          blamed{403, "account_sid"},
          blamed{404, "account_sid"},
          blamed{404, "api_url"},
          blamed{302, "api_url"}}) {
        const auto answer = judged(status, error_body(20003, "Authenticate"));
        EXPECT_EQ(answer.outcome, send_outcome::away) << status;
        EXPECT_THAT(answer.text, HasSubstr("Authenticate"));
        EXPECT_THAT(answer.text, HasSubstr(setting));
    }
    // A country that is not enabled must not stop the messages to all others.
    const auto region = judged(403, error_body(21408, "Permission to send an SMS has not been enabled"));
    EXPECT_EQ(region.outcome, send_outcome::refused);
}

TEST(twilio_reply, tells_a_dead_number_from_a_bad_message) {
    for (const int code : {21211, 21610, 21614}) {
        const auto answer = judged(400, error_body(code, "Not this number"));
        EXPECT_EQ(answer.outcome, send_outcome::gone) << code;
        EXPECT_EQ(answer.text, fmt::format("400 {}: Not this number", code));
    }
    for (const auto& body :
         {error_body(21602, "Message body is required"), std::string(), std::string("{}")}) {
        EXPECT_EQ(judged(400, body).outcome, send_outcome::refused) << body;
    }
    EXPECT_EQ(
        judged(400, error_body(21602, "Message body\\nis required")).text,
        "400 21602: Message body is required"
    );
    EXPECT_EQ(judged(413, "").text, "413");
}

TEST(sms_body, is_cut_between_characters) {
    EXPECT_EQ(sms_body(""), "");
    EXPECT_EQ(sms_body(std::string(1600, 'a')), std::string(1600, 'a'));
    EXPECT_EQ(sms_body(std::string(1601, 'a')), std::string(1597, 'a') + "...");
    std::string umlauts;
    for (int i = 0; i < 1600; ++i) umlauts += "ü";
    EXPECT_EQ(sms_body(umlauts), umlauts);
    EXPECT_EQ(sms_body(umlauts + "ü"), umlauts.substr(0, 2 * 1597) + "...");
    // Two units of UTF-16 each.
    std::string smiles;
    for (int i = 0; i < 800; ++i) smiles += "😀";
    EXPECT_EQ(sms_body(smiles), smiles);
    EXPECT_EQ(sms_body(smiles + "a"), smiles.substr(0, 4 * 798) + "...");
}

}  // namespace
}  // namespace esm::notifications
