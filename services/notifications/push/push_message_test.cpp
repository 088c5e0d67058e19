// The payloads as apps read them, and what goes first where there is no room.
#include "services/notifications/push/push_message.hpp"

#include <gmock/gmock.h>

#include "platform/base/json_decoder.hpp"
#include "platform/base/utf8.hpp"

namespace esm::notifications {
namespace {

using ::testing::EndsWith;

outgoing message() {
    outgoing made;
    made.what.notification_id = 42;
    made.what.event_type = "task.completed.v1";
    made.content = {"Task T-1 is complete", "It took 3 s.", {}};
    made.event = {{"taskId", 7}, {"taskReference", "T-1"}};
    return made;
}

boost::json::object read(const std::string& payload) {
    return json::parse_object(payload).value();
}

TEST(push_message, the_payload_of_a_browser) {
    EXPECT_EQ(
        read(web_payload(make_push_message(message(), "https://console.example"), 3993)),
        (boost::json::object{
            {"title", "Task T-1 is complete"},
            {"body", "It took 3 s."},
            {"eventType", "task.completed.v1"},
            {"notificationId", 42},
            {"data", {{"taskId", 7}, {"taskReference", "T-1"}}},
            {"url", "https://console.example"},
        })
    );
}

TEST(push_message, what_there_is_not_is_left_out) {
    auto bare = message();
    bare.event.clear();
    const auto payload = read(web_payload(make_push_message(bare, ""), 3993));
    EXPECT_FALSE(payload.contains("data"));
    EXPECT_FALSE(payload.contains("url"));
    const auto app = fcm_payload(make_push_message(bare, ""), 4096);
    EXPECT_EQ(app.at("data").as_object().size(), 2U);
}

TEST(push_message, the_payload_of_an_app_is_all_texts) {
    const auto payload = fcm_payload(make_push_message(message(), "https://console.example"), 4096);
    EXPECT_EQ(
        payload,
        (boost::json::object{
            {"notification", {{"title", "Task T-1 is complete"}, {"body", "It took 3 s."}}},
            {"data",
             {{"eventType", "task.completed.v1"},
              {"notificationId", "42"},
              {"data", R"({"taskId":7,"taskReference":"T-1"})"},
              {"url", "https://console.example"}}},
        })
    );
}

TEST(push_message, data_goes_first) {
    auto long_data = message();
    long_data.event["errorMessage"] = std::string(4000, 'x');
    const auto payload = read(web_payload(make_push_message(long_data, ""), 3993));
    EXPECT_FALSE(payload.contains("data"));
    EXPECT_EQ(payload.at("body").as_string(), "It took 3 s.");
}

TEST(push_message, then_the_end_of_the_body) {
    // Characters of one to six bytes of JSON, so that every cut meets some in the middle.
    std::string text;
    while (text.size() < 9000) text += "aä€😀\n\x01\"";
    for (std::size_t max = 400; max < 420; ++max) {
        auto long_text = message();
        long_text.content.text = text;
        const auto written = web_payload(make_push_message(long_text, ""), max);
        EXPECT_LE(written.size(), max);
        EXPECT_GT(written.size() + 6, max) << "no more is cut than must be";
        const auto body = std::string(read(written).at("body").as_string());
        EXPECT_TRUE(is_utf8(body));
        EXPECT_THAT(body, EndsWith("…"));
        EXPECT_EQ(body.substr(0, body.size() - 3), text.substr(0, body.size() - 3));
        EXPECT_LE(boost::json::serialize(fcm_payload(make_push_message(long_text, ""), max)).size(), max);
    }
}

TEST(push_message, and_then_the_title) {
    auto long_title = message();
    long_title.content.subject = std::string(5000, 't');
    const auto written = web_payload(make_push_message(long_title, ""), 3993);
    EXPECT_LE(written.size(), 3993U);
    EXPECT_EQ(read(written).at("body").as_string(), "");
    EXPECT_THAT(std::string(read(written).at("title").as_string()), EndsWith("t…"));
}

}  // namespace
}  // namespace esm::notifications
