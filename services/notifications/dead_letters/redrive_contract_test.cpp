// Redriving dead letters on both databases: each once, whoever asks and however often.
#include <gmock/gmock.h>

#include "services/notifications/dead_letters/letters_fixture.hpp"

namespace esm::notifications::dead_letters {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class redrive_contract : public letters_fixture {
protected:
    redrive_contract() { start_service(); }

    static bj::object mended() {
        return {
            {"payload",
             bj::object{
                 {"taskId", 1042}, {"userId", 1000}, {"taskReference", "TASK1042"}, {"taskType", "demo"}
             }}
        };
    }

    std::vector<notification> mail_rows() {
        auto all = rows();
        std::erase_if(all, [](const auto& each) { return each.channel != "email"; });
        return all;
    }
};

const bj::object every_event{{"kind", "event"}, {"filter", bj::object()}};
const bj::object every_notification{{"kind", "notification"}, {"filter", bj::object()}};

TEST_P(redrive_contract, an_edited_event_is_applied_once) {
    const auto id = bury("{");
    ASSERT_EQ(ask("PATCH", fmt::format("/event/{}", id), mended()).status, 200U);
    const bj::object asked{{"kind", "event"}, {"ids", bj::array{id}}};
    EXPECT_EQ(redrive_at_once(4, asked), 1);
    ASSERT_EQ(mail_rows().size(), 1U);
    EXPECT_EQ(mail_rows().front().event_type, "task.completed.v1");
    EXPECT_EQ(ask("GET", fmt::format("/event/{}", id)).status, 404U);
    const auto again = redrive(asked);
    EXPECT_EQ(again.at("redriven"), 0);
    EXPECT_EQ(again.at("matched"), 0);
    EXPECT_EQ(number(again.at("refused").at(0), "id"), id);
    EXPECT_EQ(mail_rows().size(), 1U);
}

TEST_P(redrive_contract, what_is_still_poison_stays_and_holds_nobody_up) {
    const auto poison = bury("{");
    const auto other = bury("[]");
    const auto good = bury("1");
    ASSERT_EQ(ask("PATCH", fmt::format("/event/{}", good), mended()).status, 200U);
    const bj::object worse{{"payload", bj::object{{"userId", "ada"}}}};
    ASSERT_EQ(ask("PATCH", fmt::format("/event/{}", poison), worse).status, 200U);
    const auto before = ask("GET", fmt::format("/event/{}", poison));
    const auto done = redrive(every_event);
    EXPECT_EQ(done.at("matched"), 3);
    EXPECT_EQ(done.at("redriven"), 1);
    EXPECT_EQ(done.at("more"), false);
    std::vector<std::int64_t> refused;
    for (const auto& each : done.at("refused").as_array()) refused.push_back(number(each, "id"));
    EXPECT_THAT(refused, UnorderedElementsAre(poison, other));
    const auto after = ask("GET", fmt::format("/event/{}", poison));
    EXPECT_NE(json(after).at("deadLetter").at("reason"), json(before).at("deadLetter").at("reason"));
    EXPECT_EQ(header(after, "ETag"), "\"3\"");
    EXPECT_EQ(dead_events().size(), 2U);
    EXPECT_EQ(mail_rows().size(), 1U);
}

TEST_P(redrive_contract, a_dry_run_tells_and_changes_nothing) {
    const auto good = bury("1");
    bury("{");
    ASSERT_EQ(ask("PATCH", fmt::format("/event/{}", good), mended()).status, 200U);
    fail(2);
    const auto letters_before = bj::serialize(dead_events()) + bj::serialize(letters({}));
    const auto rows_before = rows().size();
    auto asked = every_event;
    asked["dryRun"] = true;
    const auto events = redrive(asked);
    EXPECT_EQ(events.at("dryRun"), true);
    EXPECT_EQ(events.at("matched"), 2);
    EXPECT_EQ(events.at("redriven"), 1);
    EXPECT_EQ(events.at("refused").as_array().size(), 1U);
    asked = every_notification;
    asked["dryRun"] = true;
    EXPECT_EQ(redrive(asked).at("redriven"), 2);
    EXPECT_EQ(bj::serialize(dead_events()) + bj::serialize(letters({})), letters_before);
    EXPECT_EQ(rows().size(), rows_before);
    EXPECT_TRUE(mails().empty());
}

TEST_P(redrive_contract, a_notification_goes_out_after_its_recipient_was_edited) {
    const auto id = fail(1).front();
    const bj::object change{{"recipient", "bob@example.org"}};
    ASSERT_EQ(ask("PATCH", fmt::format("/notification/{}", id), change).status, 200U);
    EXPECT_EQ(redrive({{"kind", "notification"}, {"ids", bj::array{id}}}).at("redriven"), 1);
    ASSERT_TRUE(eventually([&] { return row(id).status == status::sent; }));
    EXPECT_EQ(row(id).attempts, 2);
    EXPECT_FALSE(row(id).error_message.has_value());
    const auto log = attempts_of(id);
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0].answer, "550 no such user");
    EXPECT_EQ(log[1].outcome, "sent");
    ASSERT_EQ(mails().size(), 1U);
    EXPECT_THAT(read_file(mails().front()), HasSubstr("To: bob@example.org\r\n"));
    EXPECT_TRUE(letters({}).empty());
}

TEST_P(redrive_contract, twelve_hundred_go_out_once_each_though_two_ask) {
    const auto ids = fail(1'200);
    auto asked = every_notification;
    asked["limit"] = 1'000;
    const auto some = redrive(asked);
    EXPECT_EQ(some.at("redriven"), 1'000);
    EXPECT_EQ(some.at("more"), true);
    EXPECT_EQ(redrive_at_once(2, every_notification), 200);
    ASSERT_TRUE(
        eventually([&] { return letters({}).empty() && mails().size() == 1'200; }, std::chrono::seconds(60))
    );
    for (const auto id : {ids.front(), ids.back()}) {
        ASSERT_TRUE(eventually([&] { return row(id).status == status::sent; }));
        EXPECT_EQ(row(id).attempts, 2);
    }
}

TEST_P(redrive_contract, many_events_are_applied_once_each_though_two_ask) {
    const auto broken = R"({"userId":1000,"taskId":)";
    for (int i = 0; i < 120; ++i) {
        const auto headers = fmt::format(
            R"({{"ce_specversion":"1.0","ce_type":"task.completed.v1","ce_id":"{}"}})", random_hex(8)
        );
        ASSERT_TRUE(runtime_.block_on(
            log_->publish_raw(std::string(task_topic), "1", headers, broken, std::chrono::seconds(5))
        ));
    }
    ASSERT_TRUE(eventually([&] { return letters({{"kind", "event"}, {"limit", "500"}}).size() == 120; }));
    for (const auto& each : letters({{"kind", "event"}, {"limit", "500"}})) {
        ASSERT_EQ(ask("PATCH", fmt::format("/event/{}", number(each, "id")), mended()).status, 200U);
    }
    EXPECT_EQ(redrive_at_once(2, every_event), 120);
    EXPECT_TRUE(dead_events().empty());
    EXPECT_EQ(mail_rows().size(), 120U);
}

TEST_P(redrive_contract, a_code_that_is_over_is_not_sent_again) {
    const auto model = fmt::format(
        R"({{"challengeId":"c1","keyId":"k","expiresAt":"{}"}})", format_instant(now_us() - 1'000'000)
    );
    const auto id = fail(1, "user.verification_requested.v1", model).front();
    fail(1);
    const auto done = redrive(every_notification);
    EXPECT_EQ(done.at("matched"), 2);
    EXPECT_EQ(done.at("redriven"), 1);
    ASSERT_EQ(done.at("refused").as_array().size(), 1U);
    EXPECT_EQ(number(done.at("refused").at(0), "id"), id);
    EXPECT_THAT(std::string(done.at("refused").at(0).at("reason").as_string()), HasSubstr("code"));
    EXPECT_EQ(row(id).status, status::failed);
    EXPECT_EQ(letters({}).size(), 1U);
}

TEST_P(redrive_contract, a_filter_says_which) {
    fail(2);
    const auto failed = fail(1, "task.failed.v1").front();
    const auto matched = [&](bj::object filter) {
        return redrive({{"kind", "notification"}, {"filter", std::move(filter)}, {"dryRun", true}}
        ).at("matched");
    };
    EXPECT_EQ(matched({}), 3);
    EXPECT_EQ(matched({{"eventType", "task.failed.v1"}, {"channel", "email"}}), 1);
    EXPECT_EQ(matched({{"channel", "sms"}}), 0);
    const auto shown = json(ask("GET", fmt::format("/notification/{}", failed)));
    const auto at = shown.at("deadLetter").at("failedAt");
    EXPECT_EQ(matched({{"failedAfter", at}}), 1);
    EXPECT_EQ(matched({{"failedBefore", at}}), 2);
    bury("{");
    const bj::object of_topic{{"topic", task_topic}, {"eventType", "task.completed.v1"}};
    EXPECT_EQ(redrive({{"kind", "event"}, {"filter", of_topic}, {"dryRun", true}}).at("matched"), 1);
    EXPECT_EQ(
        redrive({{"kind", "event"}, {"filter", bj::object{{"topic", "x"}}}, {"dryRun", true}}).at("matched"),
        0
    );
}

TEST_P(redrive_contract, every_bad_field_is_named) {
    const auto wrong = [&](bj::object body) { return fields(ask("POST", "/redrive", body)); };
    EXPECT_THAT(wrong({}), UnorderedElementsAre("/kind required", "/filter one_of"));
    EXPECT_THAT(
        wrong({{"kind", "mail"}, {"ids", bj::array{1}}, {"limit", 0}, {"more", 1}}),
        UnorderedElementsAre(
            HasSubstr("/kind"), HasSubstr("/ids/0"), HasSubstr("/limit"), "/more unknown_field"
        )
    );
    EXPECT_THAT(wrong({{"kind", "event"}, {"ids", bj::array()}}), ElementsAre("/ids too_few"));
    EXPECT_THAT(
        wrong({{"kind", "event"}, {"filter", bj::object{{"channel", "fax"}, {"failedAfter", "now"}}}}),
        UnorderedElementsAre(
            "/filter/channel unknown", "/filter/channel misplaced", HasSubstr("/filter/failedAfter")
        )
    );
    const auto missing = redrive({{"kind", "notification"}, {"ids", bj::array{4'711}}});
    EXPECT_EQ(missing.at("matched"), 0);
    EXPECT_EQ(number(missing.at("refused").at(0), "id"), 4'711);
}

INSTANTIATE_TEST_SUITE_P(
    both,
    redrive_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications::dead_letters
