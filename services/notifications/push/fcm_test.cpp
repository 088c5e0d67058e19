// Messages to apps over a real connection: grants, tokens that are kept, and what FCM's replies mean.
#include "services/notifications/push/fcm.hpp"

#include <gmock/gmock.h>

#include <boost/asio/use_future.hpp>
#include <future>

#include "platform/base/json_decoder.hpp"
#include "services/notifications/push/loopback_server.hpp"
#include "services/notifications/push/test_account.hpp"

namespace esm::notifications {
namespace {

using ::testing::HasSubstr;
using testing::http_answer;
using ::testing::Not;
using testing::received_request;
using ::testing::StartsWith;

fetch::reply answered(unsigned status, std::string body = {}) {
    fetch::reply made;
    made.how = fetch::reply::kind::answered;
    made.status = status;
    made.body = std::move(body);
    return made;
}

std::string error_body(std::string_view message, boost::json::array details) {
    return boost::json::serialize(
        boost::json::object{{"error", {{"code", 400}, {"message", message}, {"details", std::move(details)}}}}
    );
}

boost::json::object fcm_detail(std::string_view code) {
    return {{"@type", "type.googleapis.com/google.firebase.fcm.v1.FcmError"}, {"errorCode", code}};
}

boost::json::object violation(std::string_view field) {
    return {
        {"@type", "type.googleapis.com/google.rpc.BadRequest"},
        {"fieldViolations", boost::json::array{{{"field", field}, {"description", "bad"}}}},
    };
}

TEST(fcm, devices_that_are_gone) {
    const auto unregistered =
        judge_fcm(answered(404, error_body("Requested entity was not found.", {fcm_detail("UNREGISTERED")})));
    EXPECT_EQ(unregistered.outcome, send_outcome::gone);
    EXPECT_EQ(unregistered.text, "404 UNREGISTERED: Requested entity was not found.");
    const auto invalid = error_body(
        "The registration token is not a valid FCM registration token", {fcm_detail("INVALID_ARGUMENT")}
    );
    EXPECT_EQ(judge_fcm(answered(400, invalid)).outcome, send_outcome::gone);
    EXPECT_EQ(
        judge_fcm(answered(400, error_body("bad", {violation("message.token")}))).outcome, send_outcome::gone
    );
    EXPECT_EQ(
        judge_fcm(answered(403, error_body("another sender", {fcm_detail("SENDER_ID_MISMATCH")}))).outcome,
        send_outcome::gone
    );
}

TEST(fcm, messages_that_are_refused) {
    const auto refused = error_body(
        "Invalid value at 'message.data[0].value'",
        {violation("message.data[0].value"), fcm_detail("INVALID_ARGUMENT")}
    );
    EXPECT_EQ(judge_fcm(answered(400, refused)).outcome, send_outcome::refused) << "a device is not at fault";
    EXPECT_EQ(judge_fcm(answered(413, "too large")).text, "413: too large");
    fetch::reply forbidden;
    forbidden.how = fetch::reply::kind::forbidden;
    EXPECT_EQ(judge_fcm(forbidden).outcome, send_outcome::refused);
}

TEST(fcm, faults_of_the_configuration_and_silence_stop_no_browser) {
    EXPECT_EQ(judge_fcm(answered(403, error_body("no permission", {}))).outcome, send_outcome::try_later);
    EXPECT_EQ(judge_fcm(answered(404, error_body("no such project", {}))).outcome, send_outcome::try_later);
    EXPECT_EQ(judge_fcm(fetch::reply{}).outcome, send_outcome::try_later);
}

TEST(fcm, what_may_be_tried_later) {
    for (const auto status : {401U, 408U, 429U, 500U, 503U}) {
        EXPECT_EQ(judge_fcm(answered(status)).outcome, send_outcome::try_later) << status;
    }
    auto busy = answered(503);
    busy.headers = {{"retry-after", "7"}};
    EXPECT_EQ(judge_fcm(busy).retry_after, std::chrono::seconds(7));
    EXPECT_EQ(judge_fcm(answered(429)).retry_after, std::chrono::seconds(60));
    EXPECT_FALSE(judge_fcm(answered(503)).retry_after.has_value());
}

TEST(fcm, replies_of_any_form_are_judged) {
    for (const auto* body :
         {"", "[]", "{", R"({"error":7})", R"({"error":{"details":[1,{"errorCode":2}]}})"}) {
        EXPECT_EQ(judge_fcm(answered(400, body)).outcome, send_outcome::refused) << body;
        EXPECT_EQ(judge_fcm(answered(200, body)).outcome, send_outcome::accepted) << body;
    }
}

// Google's two servers in one: tokens at /token, messages below /v1.
class fcm_test : public ::testing::Test {
protected:
    std::string answer(const received_request& asked) {
        const std::lock_guard lock(mutex_);
        if (asked.path != "/token") return message_answer_;
        ++tokens_given_;
        if (!token_answer_.empty()) return token_answer_;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));  // others come meanwhile
        return http_answer(
            "200 OK",
            fmt::format(
                R"({{"access_token":"t{}","expires_in":{}}})", tokens_given_.load(), lifetime_s_.load()
            )
        );
    }

    send_answer send(fcm& by, int id = 42) {
        return runtime_.block_on(by.send(message(id), {"device-token"}));
    }
    static push_message message(int id) {
        return {id, "task.completed.v1", "Title", "Body", "https://console.example", {{"taskId", 7}}};
    }
    std::string token(access_tokens& from) { return std::get<std::string>(runtime_.block_on(from.get())); }
    fcm_options options() { return {server_.url(""), std::chrono::seconds(5)}; }
    service_account account() { return made_.account(server_.url("/token")); }
    std::vector<received_request> messages() {
        return server_.received("/v1/projects/a-project/messages:send");
    }

    void answer_messages(std::string with) {
        const std::lock_guard lock(mutex_);
        message_answer_ = std::move(with);
    }
    void answer_tokens(std::string with) {
        const std::lock_guard lock(mutex_);
        token_answer_ = std::move(with);
    }

    std::mutex mutex_;  // guards the two answers
    std::string message_answer_{http_answer("200 OK", R"({"name":"projects/a-project/messages/1"})")};
    std::string token_answer_;
    std::atomic<int> tokens_given_{0}, lifetime_s_{3600};
    esm::testing::started_runtime runtime_;
    testing::test_account made_;
    fetch::courier courier_{fetch::courier_options{}};
    testing::loopback_server server_{[this](const received_request& asked) { return answer(asked); }};
};

TEST_F(fcm_test, a_message_as_fcm_gets_it) {
    fcm push(courier_, account(), options());
    const auto answer = send(push);
    EXPECT_EQ(answer.outcome, send_outcome::accepted) << answer.text;
    EXPECT_EQ(answer.provider_id, "projects/a-project/messages/1");

    ASSERT_EQ(messages().size(), 1U);
    const auto got = messages().front();
    EXPECT_EQ(got.method, "POST");
    EXPECT_EQ(got.headers.at("authorization"), "Bearer t1");
    EXPECT_EQ(got.headers.at("content-type"), "application/json");
    const auto sent = json::parse_object(got.body).value().at("message").as_object();
    EXPECT_EQ(sent.at("token").as_string(), "device-token");
    EXPECT_EQ(sent.at("notification"), (boost::json::object{{"title", "Title"}, {"body", "Body"}}));
    EXPECT_EQ(sent.at("data").at("notificationId").as_string(), "42");
    EXPECT_EQ(sent.at("data").at("data").as_string(), R"({"taskId":7})");
    EXPECT_EQ(sent.at("android").at("notification").at("tag").as_string(), "n42");
}

TEST_F(fcm_test, the_grant_as_google_gets_it) {
    fcm push(courier_, account(), options());
    send(push);
    ASSERT_EQ(server_.received("/token").size(), 1U);
    const auto got = server_.received("/token").front();
    EXPECT_EQ(got.headers.at("content-type"), "application/x-www-form-urlencoded");
    const std::string before = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    ASSERT_THAT(got.body, StartsWith(before));
    const auto jwt = got.body.substr(before.size());
    EXPECT_TRUE(made_.signed_by_it(jwt));
    const auto first = jwt.find('.');
    const auto claims = security::base64url_decode(jwt.substr(first + 1, jwt.rfind('.') - first - 1)).value();
    EXPECT_THAT(claims, HasSubstr(R"("scope":"https://www.googleapis.com/auth/firebase.messaging")"));
}

TEST_F(fcm_test, many_at_once_share_one_token) {
    fcm push(courier_, account(), options());
    std::vector<std::future<send_answer>> sent;
    for (int i = 0; i < 40; ++i) {
        auto& shard = runtime_.at(static_cast<unsigned>(i) % runtime_.size());
        sent.push_back(asio::co_spawn(shard, push.send(message(i + 1), {"device-token"}), asio::use_future));
    }
    for (auto& each : sent) EXPECT_EQ(each.get().outcome, send_outcome::accepted);
    EXPECT_EQ(server_.received("/token").size(), 1U);
    EXPECT_EQ(messages().size(), 40U);
}

TEST_F(fcm_test, a_token_is_renewed_before_it_expires) {
    lifetime_s_ = 302;  // of which five minutes are the margin; half of its life counts where that is longer
    fcm push(courier_, account(), options());
    send(push);
    send(push);
    EXPECT_EQ(tokens_given_, 1);
    lifetime_s_ = 2;
    access_tokens tokens(courier_, account(), "scope", std::chrono::seconds(5));
    EXPECT_EQ(token(tokens), "t2");
    EXPECT_EQ(token(tokens), "t2");
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    EXPECT_EQ(token(tokens), "t3");
}

TEST_F(fcm_test, a_token_that_is_not_taken_is_forgotten) {
    fcm push(courier_, account(), options());
    answer_messages(http_answer("401 Unauthorized", R"({"error":{"message":"invalid credentials"}})"));
    const auto answer = send(push);
    EXPECT_EQ(answer.outcome, send_outcome::try_later);
    EXPECT_EQ(answer.text, "401: invalid credentials");
    answer_messages(http_answer("200 OK", "{}"));
    EXPECT_EQ(send(push).outcome, send_outcome::accepted);
    EXPECT_EQ(messages().back().headers.at("authorization"), "Bearer t2");
}

TEST_F(fcm_test, an_older_refusal_leaves_the_newer_token) {
    access_tokens tokens(courier_, account(), "scope", std::chrono::seconds(5));
    EXPECT_EQ(token(tokens), "t1");
    tokens.forget("another");
    EXPECT_EQ(token(tokens), "t1");
    tokens.forget("t1");
    EXPECT_EQ(token(tokens), "t2");
}

TEST_F(fcm_test, without_a_token_a_message_is_tried_later) {
    fcm push(courier_, account(), options());
    answer_tokens(http_answer("400 Bad Request", R"({"error":"invalid_grant"})"));
    const auto answer = send(push);
    EXPECT_EQ(answer.outcome, send_outcome::try_later);
    EXPECT_EQ(answer.text, R"(no access token: 400: {"error":"invalid_grant"})");
    answer_tokens(http_answer("200 OK", R"({"access_token":"secret-token"})"));
    EXPECT_EQ(send(push).outcome, send_outcome::try_later);
    EXPECT_THAT(send(push).text, Not(HasSubstr("secret-token")));
    EXPECT_TRUE(messages().empty());
    answer_tokens(http_answer("503 Service Unavailable", "", "Retry-After: 7\r\n"));
    EXPECT_EQ(send(push).retry_after, std::chrono::seconds(7));
    answer_tokens("");
    EXPECT_EQ(send(push).outcome, send_outcome::accepted) << "asked again each time";
}

TEST_F(fcm_test, a_key_that_cannot_sign_keeps_nobody_waiting) {
    auto broken = account();
    broken.private_key = "no key";
    fcm push(courier_, broken, options());
    EXPECT_THAT(send(push).text, HasSubstr("private_key is no RSA key"));
    EXPECT_EQ(send(push).outcome, send_outcome::try_later);
}

}  // namespace
}  // namespace esm::notifications
