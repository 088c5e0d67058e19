// A user's preferences: from JSON and back, which entry wins, and that every wrong field is named.
#include "services/notifications/preferences/preferences.hpp"

#include <gtest/gtest.h>

#include <string>

namespace esm::notifications {
namespace {

namespace bj = boost::json;
using std::chrono::minutes;
using texts = std::vector<std::string>;

bj::object object(std::string_view text) {
    return bj::parse(text).as_object();
}

preferences decoded(std::string_view text) {
    const auto read = decode_preferences(object(text));
    if (read) return *read;
    ADD_FAILURE() << text << ": " << read.error().detail;
    return {};
}

std::string canonical(std::string_view text) {
    return bj::serialize(to_json(decoded(text)));
}

texts refused(const bj::object& given, errc code) {
    const auto read = decode_preferences(given);
    if (read) return {"nothing"};
    EXPECT_EQ(read.error().code, code);
    texts fields;
    for (const auto& each : read.error().fields) fields.push_back(each.pointer + " " + each.code);
    const auto count = fields.size();
    EXPECT_EQ(
        read.error().detail, count == 1 ? "1 field is wrong" : std::to_string(count) + " fields are wrong"
    );
    return fields;
}

texts refused(std::string_view text, errc code) {
    return refused(object(text), code);
}

constexpr std::string_view whole =
    R"({"quietHours":{"start":"22:00","end":"07:05","timeZone":"Europe/Vienna","days":["mon","sun"]},)"
    R"("events":{"*":{"push":{"enabled":false}},"task.completed.v1":{)"
    R"("email":{"enabled":true,"digestMinutes":60},"sms":{"enabled":false},)"
    R"("push":{"digestMinutes":1440},"in_app":{"enabled":true,"digestMinutes":0}}}})";

TEST(preferences, there_and_back) {
    EXPECT_EQ(canonical(whole), whole);
    const auto read = decoded(whole);
    EXPECT_EQ(read.quiet->start, minutes(22 * 60));
    EXPECT_EQ(read.quiet->end, minutes(7 * 60 + 5));
    EXPECT_EQ(read.quiet->zone.name(), "Europe/Vienna");
    EXPECT_EQ(read.quiet->days, std::bitset<7>(0b1000001));
    EXPECT_EQ(decoded(canonical(whole)), read);
}

TEST(preferences, there_is_one_text_for_what_is_the_same) {
    const std::string_view none = R"({"quietHours":null,"events":{}})";
    for (const auto* each :
         {R"({})",
          R"({"quietHours":null})",
          R"({"events":{}})",
          R"({"events":{"*":{},"task.failed.v1":{"email":{},"sms":{}}}})"}) {
        EXPECT_EQ(canonical(each), none) << each;
        EXPECT_EQ(decoded(each), preferences{}) << each;
    }
    EXPECT_EQ(
        canonical(
            R"({"events":{"b.v1":{"sms":{"digestMinutes":1.0,"enabled":true},"email":{"enabled":false}},
                "a.v1":{"push":{"enabled":true}},"*":{"in_app":{"enabled":false}}},
                "quietHours":{"days":["sun","sat","fri","thu","wed","tue","mon"],"timeZone":"UTC",
                "end":"00:00","start":"23:59"}})"
        ),
        R"({"quietHours":{"start":"23:59","end":"00:00","timeZone":"UTC"},)"
        R"("events":{"*":{"in_app":{"enabled":false}},"a.v1":{"push":{"enabled":true}},)"
        R"("b.v1":{"email":{"enabled":false},"sms":{"enabled":true,"digestMinutes":1}}}})"
    );
    EXPECT_EQ(
        canonical(
            R"({"quietHours":{"start":"00:00","end":"09:09","timeZone":"Etc/UTC",
                "days":["wed","mon","wed"]}})"
        ),
        R"({"quietHours":{"start":"00:00","end":"09:09","timeZone":"Etc/UTC","days":["mon","wed"]},)"
        R"("events":{}})"
    );
}

TEST(preferences, what_differs_is_not_equal) {
    const auto read = decoded(whole);
    for (const auto* other :
         {R"({"quietHours":{"start":"22:01"}})",
          R"({"quietHours":{"end":"07:06"}})",
          R"({"quietHours":{"timeZone":"Europe/Berlin"}})",
          R"({"quietHours":{"days":["mon"]}})",
          R"({"events":{"*":{"push":{"enabled":true}}}})",
          R"({"events":{"*":{"email":{"digestMinutes":5}}}})",
          R"({"events":{"task.failed.v1":{"push":{"enabled":true}}}})"}) {
        auto changed = object(whole);
        for (const auto& part : object(other)) {
            for (const auto& member : part.value().as_object()) {
                changed[part.key()].as_object()[member.key()] = member.value();
            }
        }
        const auto different = decode_preferences(changed);
        ASSERT_TRUE(different) << other;
        EXPECT_NE(*different, read) << other;
    }
}

TEST(preferences, every_wrong_field_is_named) {
    EXPECT_EQ(
        refused(R"({"quietHours":[],"events":1,"quiet":true})", errc::malformed_request),
        (texts{"/quietHours wrong_type", "/events wrong_type", "/quiet unknown_field"})
    );
    EXPECT_EQ(refused(R"({"events":null})", errc::malformed_request), texts{"/events wrong_type"});
    EXPECT_EQ(
        refused(R"({"quietHours":{}})", errc::malformed_request),
        (texts{"/quietHours/start required", "/quietHours/end required", "/quietHours/timeZone required"})
    );
    EXPECT_EQ(
        refused(
            R"({"quietHours":{"start":22,"end":null,"timeZone":1,"days":"mon","until":1}})",
            errc::malformed_request
        ),
        (texts{
            "/quietHours/start wrong_type",
            "/quietHours/end wrong_type",
            "/quietHours/timeZone wrong_type",
            "/quietHours/days wrong_type",
            "/quietHours/until unknown_field"
        })
    );
    EXPECT_EQ(
        refused(
            R"({"events":{"task.failed.v1":{"fax":{"enabled":true},"webhook":{},"sms":true,
                "email":{"enabled":"yes","digestMinutes":"1","color":1}}}})",
            errc::malformed_request
        ),
        (texts{
            "/events/task.failed.v1/email/enabled wrong_type",
            "/events/task.failed.v1/email/digestMinutes wrong_type",
            "/events/task.failed.v1/email/color unknown_field",
            "/events/task.failed.v1/sms wrong_type",
            "/events/task.failed.v1/fax unknown_field",
            "/events/task.failed.v1/webhook unknown_field"
        })
    );
}

TEST(preferences, every_broken_rule_is_named) {
    EXPECT_EQ(
        refused(
            R"({"quietHours":{"start":"24:00","end":"7:00","timeZone":"Mars/Olympus",
                "days":["mon","Tue","monday"]},
                "events":{"task.failed.v1":{"email":{"digestMinutes":1441},"sms":{"digestMinutes":-1}},
                "Task":{"email":{"enabled":true}},"a/b~c":{}}})",
            errc::validation_failed
        ),
        (texts{
            "/quietHours/days/1 not_allowed",
            "/quietHours/days/2 not_allowed",
            "/quietHours/start time",
            "/quietHours/end time",
            "/quietHours/timeZone unknown_time_zone",
            "/events/task.failed.v1/email/digestMinutes out_of_range",
            "/events/task.failed.v1/sms/digestMinutes out_of_range",
            "/events/Task pattern",
            "/events/a~1b~0c pattern"
        })
    );
    EXPECT_EQ(
        refused(
            R"({"quietHours":{"start":"","end":"07:00","timeZone":"","days":[]}})", errc::validation_failed
        ),
        (texts{"/quietHours/start too_short", "/quietHours/timeZone too_short", "/quietHours/days too_few"})
    );
    EXPECT_EQ(
        refused(
            R"({"quietHours":{"start":"22:00","end":"07:00","timeZone":"UTC","days":["mon",2]}})",
            errc::malformed_request
        ),
        texts{"/quietHours/days/1 wrong_type"}
    );
    EXPECT_EQ(
        refused(
            R"({"quietHours":{"start":"22:00","end":"07:00","timeZone":"UTC",
                "days":["mon","mon","mon","mon","mon","mon","mon","mon"]}})",
            errc::validation_failed
        ),
        texts{"/quietHours/days too_many"}
    );
}

TEST(preferences, a_malformed_part_makes_the_whole_malformed) {
    EXPECT_EQ(
        refused(
            R"({"quietHours":{"start":"22:00","end":"07:00","timeZone":1},
                "events":{"a.v1":{"email":{"digestMinutes":-1}}}})",
            errc::malformed_request
        ),
        (texts{"/quietHours/timeZone wrong_type", "/events/a.v1/email/digestMinutes out_of_range"})
    );
}

TEST(preferences, times_of_day) {
    const auto with_start = [](const std::string& time) {
        return bj::object{{"quietHours", bj::object{{"start", time}, {"end", "12:00"}, {"timeZone", "UTC"}}}};
    };
    for (const std::string each : {"00:00", "09:59", "19:00", "23:59"}) {
        const auto read = decode_preferences(with_start(each));
        ASSERT_TRUE(read) << each;
        EXPECT_EQ(to_json(*read).at("quietHours").at("start").as_string(), each);
    }
    for (const std::string each :
         {"24:00",
          "23:60",
          "7:00",
          "07:0",
          "07:000",
          "07.00",
          "0700",
          "+7:00",
          "-1:00",
          " 7:00",
          "07:00 ",
          "07:00Z",
          "0a:00",
          "07:00:00",
          "::::::",
          "noon"}) {
        EXPECT_EQ(refused(with_start(each), errc::validation_failed), texts{"/quietHours/start time"})
            << each;
    }
    EXPECT_TRUE(decode_preferences(with_start("12:00"))) << "the same start and end: no quiet time";
}

bj::object with_events(std::size_t count) {
    bj::object events;
    for (std::size_t i = 0; i < count; ++i) {
        events["type.v" + std::to_string(i)] = bj::object{{"email", bj::object{{"enabled", false}}}};
    }
    return {{"events", events}};
}

TEST(preferences, have_limits) {
    const auto most = decode_preferences(with_events(preferred_events_max));
    ASSERT_TRUE(most);
    EXPECT_EQ(most->events.size(), preferred_events_max);
    EXPECT_EQ(
        refused(with_events(preferred_events_max + 1), errc::validation_failed), texts{"/events too_many"}
    );
    bj::object wrong;
    for (int i = 0; i < 200; ++i) wrong["type.v" + std::to_string(i)] = bj::object{{"fax", 1}, {"pager", 2}};
    EXPECT_EQ(refused(bj::object{{"events", wrong}}, errc::malformed_request).size(), 50U)
        << "an answer never grows with the number of mistakes beyond this";
}

TEST(preferences, a_database_keeps_more_than_a_user_can_give) {
    const auto many = decode_stored_preferences(with_events(preferred_events_max + 1));
    ASSERT_TRUE(many);
    EXPECT_EQ(many->events.size(), preferred_events_max + 1);
    EXPECT_EQ(decode_stored_preferences(object(whole)).value(), decoded(whole));
}

TEST(preferences, choices_outlive_a_time_zone) {
    const auto stored = decode_stored_preferences(object(
        R"({"quietHours":{"start":"22:00","end":"07:00","timeZone":"Mars/Olympus"},
            "events":{"*":{"email":{"enabled":false}}}})"
    ));
    ASSERT_TRUE(stored);
    EXPECT_EQ(*stored, decoded(R"({"events":{"*":{"email":{"enabled":false}}}})"));
    for (const auto* broken :
         {R"({"quietHours":{"start":"25:00","end":"07:00","timeZone":"UTC"}})",
          R"({"quietHours":{"start":"25:00","end":"07:00","timeZone":"Mars/Olympus"}})",
          R"({"quietHours":{"start":"22:00","end":"07:00","timeZone":"Mars/Olympus"},"events":[]})",
          R"({"events":{"*":{"fax":{}}}})"}) {
        EXPECT_FALSE(decode_stored_preferences(object(broken))) << broken;
    }
}

TEST(preferences, an_entry_of_its_own_wins_member_by_member) {
    const auto read = decoded(
        R"({"events":{
            "*":{"email":{"enabled":false,"digestMinutes":30},"sms":{"enabled":true},
                "push":{"digestMinutes":5}},
            "task.completed.v1":{"email":{"enabled":true},"sms":{"digestMinutes":10}},
            "task.failed.v1":{"email":{"digestMinutes":0},"push":{"enabled":false}}}})"
    );
    const auto completed = [&](std::string_view channel) {
        return wish_for(read, "task.completed.v1", channel);
    };
    EXPECT_EQ(completed("email"), (wish{true, minutes(30)}));
    EXPECT_EQ(completed("sms"), (wish{true, minutes(10)}));
    EXPECT_EQ(completed("push"), (wish{std::nullopt, minutes(5)}));
    EXPECT_EQ(completed("in_app"), wish{}) << "up to the rule";
    EXPECT_EQ(wish_for(read, "task.failed.v1", "email"), (wish{false, minutes(0)}))
        << "at once, where it is sent";
    EXPECT_EQ(wish_for(read, "task.failed.v1", "push"), (wish{false, minutes(5)}));
    EXPECT_EQ(wish_for(read, "user.registered.v1", "email"), (wish{false, minutes(30)}));
    EXPECT_EQ(wish_for(read, "user.registered.v1", "webhook"), wish{});
    EXPECT_EQ(wish_for({}, "user.registered.v1", "email"), wish{});
}

TEST(preferences, switched_off_by_an_unsubscription) {
    preferences of;
    switch_off(of, "task.failed.v1", "email");
    EXPECT_EQ(of, decoded(R"({"events":{"task.failed.v1":{"email":{"enabled":false}}}})"));
    switch_off(of, "task.failed.v1", "webhook");
    switch_off(of, "*", "fax");
    EXPECT_EQ(of, decoded(R"({"events":{"task.failed.v1":{"email":{"enabled":false}}}})"));

    of = decoded(whole);
    switch_off(of, "task.completed.v1", "email");
    EXPECT_EQ(wish_for(of, "task.completed.v1", "email"), (wish{false, minutes(60)})) << "the rest is kept";
    EXPECT_EQ(wish_for(of, "task.failed.v1", "email"), wish{});
    EXPECT_EQ(of.quiet, decoded(whole).quiet);
}

TEST(preferences, switched_off_for_all_event_types) {
    auto of = decoded(
        R"({"events":{"*":{"email":{"enabled":true,"digestMinutes":5}},"a.v1":{"email":{"enabled":true}},
            "b.v1":{"email":{"enabled":true,"digestMinutes":10},"sms":{"enabled":true}}}})"
    );
    switch_off(of, "*", "email");
    EXPECT_EQ(
        of,
        decoded(
            R"({"events":{"*":{"email":{"enabled":false,"digestMinutes":5}},
                "b.v1":{"email":{"digestMinutes":10},"sms":{"enabled":true}}}})"
        )
    );
    for (const auto* type : {"a.v1", "b.v1", "c.v1"})
        EXPECT_EQ(wish_for(of, type, "email").enabled, false) << type;
}

}  // namespace
}  // namespace esm::notifications
