// Which logins are told to their user, on both databases: those from a place that is new, each once.
#include "services/notifications/core_fixture.hpp"
#include "services/notifications/rules/rule_set.hpp"
#include "services/notifications/sign_ins.hpp"

namespace esm::notifications {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

constexpr const char* firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0";
constexpr const char* firefox_later =
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.2) Gecko/20100101 Firefox/140.2";
constexpr const char* phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1";

class sign_ins_test : public core_fixture {
protected:
    events::event login(std::int64_t user_id, std::string_view agent, std::string_view address) {
        const boost::json::object data{
            {"sessionId", fmt::format("session-{}", ++logins_)},
            {"userId", user_id},
            {"username", "ada"},
            {"occurredAt", "2026-11-26T20:00:00.000000Z"},
            {"expiresAt", "2026-12-26T20:00:00.000000Z"},
            {"userAgent", agent},
            {"address", address},
        };
        return made("auth-events", "auth.login_succeeded.v1", "/auth", logins_, boost::json::serialize(data));
    }

    std::vector<notification> told() {
        auto mails = rows_of("email");
        std::erase_if(mails, [](const notification& each) { return each.event_type != new_sign_in_type; });
        return mails;
    }

    std::int64_t logins_{7000};
};

TEST_P(sign_ins_test, the_first_place_is_silent_and_a_second_one_told_once) {
    start_with_user();
    apply({login(1000, firefox, "203.0.113.7")});
    EXPECT_TRUE(told().empty());
    const auto from_elsewhere = login(1000, phone, "198.51.100.9");
    apply({from_elsewhere});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    ASSERT_EQ(told().size(), 1U);
    EXPECT_EQ(told()[0].event_id, from_elsewhere.id);
    EXPECT_TRUE(told()[0].critical);
    EXPECT_THAT(mail_of(told().back()), HasSubstr("198.51.100.9"));
    EXPECT_THAT(ends_of(new_sign_in_type), UnorderedElementsAre("email sent", "in_app sent"));
    apply({login(1000, phone, "198.51.100.9")});
    apply({login(1000, firefox, "203.0.113.7")});
    EXPECT_EQ(told().size(), 1U);
}

TEST_P(sign_ins_test, another_version_or_address_of_the_same_place_is_none) {
    start_with_user();
    apply({login(1000, firefox, "203.0.113.7")});
    apply({login(1000, firefox_later, "203.0.113.7"), login(1000, firefox, "203.0.200.99")});
    EXPECT_TRUE(told().empty());
    apply({login(1000, firefox, "203.99.113.7")});
    EXPECT_EQ(told().size(), 1U) << "another network";
}

TEST_P(sign_ins_test, one_that_says_nothing_of_its_place_is_passed_by) {
    start_with_user();
    apply({login(1000, "", ""), login(1000, firefox, "203.0.113.7"), login(1000, "", "")});
    EXPECT_TRUE(told().empty()) << "the one with a place was the first";
    apply({login(1000, "", "198.51.100.9")});
    EXPECT_EQ(told().size(), 1U) << "an address alone is a place";
}

TEST_P(sign_ins_test, of_two_places_in_one_batch_the_first_of_all_is_still_silent) {
    start_with_user();
    apply({login(1000, firefox, "203.0.113.7"), login(1000, phone, "198.51.100.9")});
    ASSERT_EQ(told().size(), 1U);
    EXPECT_THAT(ends_of(new_sign_in_type).size(), 2U);
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_THAT(mail_of(told().back()), HasSubstr("198.51.100.9"));
}

TEST_P(sign_ins_test, two_logins_from_one_new_place_in_one_batch_are_told_once) {
    start_with_user();
    apply({login(1000, firefox, "203.0.113.7")});
    apply({login(1000, phone, "198.51.100.9"), login(1000, phone, "198.51.100.9")});
    EXPECT_EQ(told().size(), 1U);
}

TEST_P(sign_ins_test, users_do_not_know_each_others_places) {
    start_with_user();
    know(user_event(1001, "bob"));
    apply({login(1000, firefox, "203.0.113.7"), login(1001, phone, "198.51.100.9")});
    EXPECT_TRUE(told().empty());
    apply({login(1000, phone, "198.51.100.9"), login(1001, firefox, "203.0.113.7")});
    EXPECT_EQ(told().size(), 2U);
}

TEST_P(sign_ins_test, a_login_again_is_no_second_one) {
    start_with_user();
    apply({login(1000, firefox, "203.0.113.7")});
    const auto from_elsewhere = login(1000, phone, "198.51.100.9");
    apply({from_elsewhere});
    publish({from_elsewhere});
    apply({task_event(2000, 1000)});
    EXPECT_EQ(told().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    sign_ins_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
