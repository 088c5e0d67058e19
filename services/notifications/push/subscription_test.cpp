// What a browser sends is read as it is; every wrong field is named by its pointer.
#include "services/notifications/push/subscription.hpp"

#include <gmock/gmock.h>

namespace esm::notifications {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr const char* point =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
constexpr const char* secret = "BTBZMqHH6r4Tts7J_aSIgg";

boost::json::object given(
    std::string_view endpoint = "https://push.example.net/abc",
    std::string_view p256dh = point,
    std::string_view auth = secret
) {
    return {{"endpoint", endpoint}, {"keys", {{"p256dh", p256dh}, {"auth", auth}}}};
}

std::vector<std::string> wrong_fields(const boost::json::object& from) {
    const auto read = read_subscription(from);
    std::vector<std::string> pointers;
    if (read) return pointers;
    for (const auto& each : read.error().fields) pointers.push_back(each.pointer);
    return pointers;
}

TEST(subscription, is_read_as_a_browser_gives_it) {
    for (const boost::json::value& expires : {boost::json::value(nullptr), boost::json::value(1.7e12)}) {
        auto from = given();
        from["expirationTime"] = expires;
        const auto read = read_subscription(from);
        ASSERT_TRUE(read.has_value()) << read.error().detail;
        EXPECT_EQ(read->endpoint, "https://push.example.net/abc");
        EXPECT_EQ(read->p256dh.size(), 65U);
        EXPECT_EQ(read->auth.size(), 16U);
        EXPECT_EQ(to_json(*read), given());
    }
}

TEST(subscription, endpoints_that_are_none) {
    for (const auto* endpoint :
         {"http://push.example.net/abc",
          "ftp://push.example.net",
          "push.example.net",
          "https://",
          "https://user:pass@push.example.net/"}) {
        EXPECT_THAT(wrong_fields(given(endpoint)), ElementsAre("/endpoint")) << endpoint;
        EXPECT_EQ(read_subscription(given(endpoint)).error().code, errc::validation_failed);
    }
    EXPECT_THAT(
        wrong_fields(given("https://push.example.net/" + std::string(2048, 'a'))), ElementsAre("/endpoint")
    );
}

TEST(subscription, keys_that_are_none) {
    std::string off_curve = point;
    off_curve[40] = off_curve[40] == 'A' ? 'B' : 'A';
    const std::string compressed = "Ai" + std::string(42, 'A');
    for (const std::string& key :
         {off_curve, compressed, std::string(point) + "=", std::string("!"), std::string("BA")}) {
        EXPECT_THAT(wrong_fields(given("https://a.example", key)), ElementsAre("/keys/p256dh")) << key;
    }
    for (const auto* auth : {"BTBZMqHH6r4Tts7J_aSI", "BTBZMqHH6r4Tts7J_aSIgg==", "*"}) {
        EXPECT_THAT(wrong_fields(given("https://a.example", point, auth)), ElementsAre("/keys/auth")) << auth;
    }
}

TEST(subscription, all_that_is_wrong_is_told_at_once) {
    EXPECT_THAT(
        wrong_fields(given("http://a.example", "x", "y")),
        UnorderedElementsAre("/endpoint", "/keys/p256dh", "/keys/auth")
    );
    EXPECT_THAT(wrong_fields({}), UnorderedElementsAre("/endpoint", "/keys"));
    EXPECT_THAT(
        wrong_fields({{"endpoint", "https://a.example"}, {"keys", {{"auth", 7}}}}),
        UnorderedElementsAre("/keys/p256dh", "/keys/auth")
    );
}

TEST(subscription, forms_that_are_wrong_are_malformed) {
    auto more = given();
    more["colour"] = "red";
    EXPECT_THAT(wrong_fields(more), ElementsAre("/colour"));
    auto mixed = given("http://a.example");
    mixed["keys"] = boost::json::object{{"p256dh", point}};
    const auto read = read_subscription(mixed);
    EXPECT_EQ(read.error().code, errc::malformed_request);
    EXPECT_THAT(wrong_fields(mixed), UnorderedElementsAre("/endpoint", "/keys/auth"));
    EXPECT_EQ(read.error().detail, "2 fields are wrong");
}

}  // namespace
}  // namespace esm::notifications
