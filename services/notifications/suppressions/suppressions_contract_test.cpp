// The suppressed addresses over REST, on both databases: what keeps a message from being sent, for how long,
// and what a bounce does to the message that came back.
#include <gmock/gmock.h>

#include "services/notifications/reports/sent_fixture.hpp"
#include "services/notifications/suppressions/suppression_store.hpp"

namespace esm::notifications {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class suppressions_test : public sent_fixture {
protected:
    static http::request asked(std::string method, const std::string& path, std::string body = {}) {
        return request(std::move(method), path, user(1, {"notifications:admin"}), std::move(body));
    }
    http::response post(std::string body) { return send(asked("POST", "/suppressions", std::move(body))); }
    http::response lift(const std::string& address) {
        return send(asked("DELETE", "/suppressions/" + address));
    }

    static instant_us until_of(const http::response& reply) {
        const auto text = json(reply).at("suppression").at("until").as_string();
        return parse_instant(std::string_view(text)).value();
    }
    // In whole days from now, as a POST of this moment means them.
    static std::int64_t days_until(instant_us until) {
        return (until - now_us() + 60'000'000) / 86'400'000'000;
    }
};

TEST_P(suppressions_test, an_address_is_suppressed_in_any_case_and_lifted_again) {
    start_service();
    const auto made = post(R"({"channel":"email","address":"Ada@Example.org","reason":"bounced"})");
    ASSERT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(
        header(made, "Location"),
        "/api/v1/eventstreammonitor/notifications/suppressions/email/ada%40example.org"
    );
    EXPECT_EQ(days_until(until_of(made)), 30);
    EXPECT_FALSE(json(made).at("notificationBounced").as_bool());
    EXPECT_THAT(suppressed(), ElementsAre("email ada@example.org bounced"));

    publish({user_event(1000, "ADA")});
    ASSERT_TRUE(eventually([&] { return count(status::suppressed, "email") == 1; }));
    EXPECT_EQ(rows_of("email").front().error_message, "bounced");
    EXPECT_TRUE(mails().empty());

    EXPECT_EQ(lift("email/ADA@example.org").status, 204U);
    EXPECT_EQ(lift("email/ada@example.org").status, 404U);
    EXPECT_THAT(suppressed(), IsEmpty());
    publish({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    EXPECT_EQ(lift("push/ada@example.org").status, 404U);
}

TEST_P(suppressions_test, the_longer_one_counts) {
    start_service();
    const auto first = post(R"({"channel":"email","address":"a@b.org","reason":"complained","days":365})");
    const auto second = post(R"({"channel":"email","address":"A@b.org","reason":"bounced","days":1})");
    EXPECT_EQ(second.status, 201U);
    EXPECT_EQ(until_of(second), until_of(first));
    EXPECT_THAT(suppressed(), ElementsAre("email a@b.org complained"));
    EXPECT_EQ(
        days_until(until_of(post(R"({"channel":"sms","address":"+436601234567","reason":"bounced","days":1})")
        )),
        1
    );
}

TEST_P(suppressions_test, the_message_that_came_back_is_known_as_such) {
    start_service();
    const auto id = sent_to("email", "Ada@example.org");
    const auto other = sent_to("email", "bob@example.org");
    const auto body = [](std::int64_t notification, std::string_view channel = "email") {
        const auto* address = channel == "email" ? "ada@EXAMPLE.org" : "+436601234567";
        return fmt::format(
            R"({{"channel":"{}","address":"{}","reason":"bounced","notificationId":{}}})",
            channel,
            address,
            notification
        );
    };
    for (const auto& without_effect : {body(other), body(id, "sms"), body(99'999)}) {
        const auto reply = post(without_effect);
        EXPECT_EQ(reply.status, 201U);
        EXPECT_FALSE(json(reply).at("notificationBounced").as_bool()) << without_effect;
    }
    EXPECT_EQ(row(id).status, status::sent);
    EXPECT_EQ(row(other).status, status::sent);

    EXPECT_TRUE(json(post(body(id))).at("notificationBounced").as_bool());
    EXPECT_EQ(row(id).status, status::bounced);
    EXPECT_EQ(row(id).error_message, "bounced: the message came back");
    EXPECT_EQ(row(id).version, 3);
    EXPECT_FALSE(json(post(body(id))).at("notificationBounced").as_bool()) << "once";
    const auto told = published("notification-events", 1);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].type, "notification.failed.v1");
    EXPECT_EQ(told[0].key, std::to_string(id));
}

TEST_P(suppressions_test, a_repeated_request_is_answered_as_the_first_was) {
    start_service();
    const auto id = sent_to("email", "a@b.org");
    const auto call = with(
        asked(
            "POST",
            "/suppressions",
            fmt::format(
                R"({{"channel":"email","address":"a@b.org","reason":"complained","notificationId":{}}})", id
            )
        ),
        "idempotency-key",
        "report-1"
    );
    const auto first = send(call);
    EXPECT_TRUE(json(first).at("notificationBounced").as_bool());
    EXPECT_EQ(row(id).error_message, "complained: the recipient does not want it");
    EXPECT_EQ(send(call).body, first.body);
    auto other = call;
    other.body = R"({"channel":"email","address":"bob@example.org","reason":"complained"})";
    EXPECT_EQ(send(other).status, 422U);
}

TEST_P(suppressions_test, pages_follow_channel_and_address) {
    start_service();
    for (const auto* address : {"b@b.org", "A@b.org", "a_1@b.org", "c@b.org"}) {
        post(fmt::format(R"({{"channel":"email","address":"{}","reason":"bounced"}})", address));
    }
    post(R"({"channel":"sms","address":"+436601234567","reason":"bounced"})");
    std::vector<std::string> seen;
    auto call = asked("GET", "/suppressions");
    call.query = {{"limit", "2"}};
    std::string cursor;
    for (int pages = 1;; ++pages) {
        const auto page = json(send(call));
        for (const auto& each : page.at("suppressions").as_array()) {
            seen.emplace_back(each.at("address").as_string());
        }
        if (page.at("nextCursor").is_null()) {
            EXPECT_EQ(pages, 3);
            break;
        }
        cursor = page.at("nextCursor").as_string();
        call.query = {{"limit", "2"}, {"cursor", cursor}};
    }
    EXPECT_THAT(seen, ElementsAre("a@b.org", "a_1@b.org", "b@b.org", "c@b.org", "+436601234567"));
    const auto filtered = json(send(asked("GET", "/suppressions?channel=sms")));
    EXPECT_EQ(filtered.at("suppressions").as_array().size(), 1U);
    auto misused = asked("GET", "/suppressions");
    misused.query = {{"channel", "sms"}, {"cursor", cursor}};
    EXPECT_EQ(json(send(misused)).at("code").as_string(), "invalid_cursor");
    EXPECT_EQ(send(asked("GET", "/suppressions?channel=push")).status, 400U);
    EXPECT_EQ(send(asked("GET", "/suppressions?q=1")).status, 400U);
}

TEST_P(suppressions_test, every_bad_field_is_named) {
    start_service();
    const auto wrong = post(R"({"channel":"push","address":"x","reason":"unsubscribed","days":0,"extra":1})");
    EXPECT_EQ(wrong.status, 400U);
    EXPECT_THAT(
        fields(wrong),
        UnorderedElementsAre(
            "/channel not_allowed", "/reason not_allowed", "/days out_of_range", "/extra unknown_field"
        )
    );
    EXPECT_THAT(
        fields(post("{}")), UnorderedElementsAre("/channel required", "/reason required", "/address required")
    );
    for (const auto* body :
         {R"({"channel":"email","address":"+436601234567","reason":"bounced"})",
          R"({"channel":"sms","address":"ada@example.org","reason":"bounced"})"}) {
        const auto reply = post(body);
        EXPECT_EQ(reply.status, 422U);
        EXPECT_THAT(fields(reply), ElementsAre("/address pattern"));
    }
    EXPECT_THAT(suppressed(), IsEmpty());
}

TEST_P(suppressions_test, those_that_are_over_count_no_more) {
    start_service();
    transact([](db::transaction& tx) -> awaitable<bool> {
        suppression_store::add(tx, {"email", "a@b.org", "bounced", now_us() - 1, 1});
        suppression_store::add(tx, {"email", "b@b.org", "bounced", now_us() + 60'000'000, 1});
        co_return true;
    });
    EXPECT_THAT(suppressed(), ElementsAre("email b@b.org bounced"));
    EXPECT_EQ(lift("email/a@b.org").status, 404U);
}

// Without the service, whose own rounds would do the same.
TEST_P(suppressions_test, those_that_are_over_are_forgotten) {
    transact([](db::transaction& tx) -> awaitable<bool> {
        suppression_store::add(tx, {"email", "a@b.org", "bounced", now_us() - 1, 1});
        suppression_store::add(tx, {"email", "b@b.org", "bounced", now_us() + 60'000'000, 1});
        suppression_store::add(tx, {"sms", "+436601234567", "bounced", now_us() - 2, 1});
        co_return true;
    });
    const auto is_kept = [this](std::string channel, std::string address) {
        return transact([channel, address](db::transaction& tx) -> awaitable<bool> {
            const auto found = co_await suppression_store::find(tx, channel, address, 0);
            co_return found.has_value();
        });
    };
    const auto forget = [this](std::size_t limit) {
        const auto until = deadline_in(std::chrono::seconds(10));
        runtime_.block_on(suppression_store::forget_old(scratch_->get(), limit, until));
    };
    forget(1);
    EXPECT_NE(is_kept("email", "a@b.org"), is_kept("sms", "+436601234567")) << "no more than it may";
    forget(100);
    EXPECT_FALSE(is_kept("email", "a@b.org"));
    EXPECT_FALSE(is_kept("sms", "+436601234567"));
    EXPECT_TRUE(is_kept("email", "b@b.org"));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    suppressions_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
