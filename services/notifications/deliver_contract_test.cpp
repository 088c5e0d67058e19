// One channel's deliveries, on both databases, by providers that say what the test wants.
#include <deque>
#include <mutex>

#include "platform/outbox/publishing.hpp"
#include "services/notifications/channel_lane.hpp"
#include "services/notifications/core_fixture.hpp"
#include "services/notifications/reports/take_sms_report.hpp"

namespace esm::notifications {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What a provider says, in order, and then that it accepts.
struct script {
    std::mutex mutex;
    std::deque<std::function<send_answer()>> answers;
    std::vector<std::string> asked;  // recipients

    void say(send_answer answer) {
        answers.emplace_back([answer = std::move(answer)] { return answer; });
    }
    std::vector<std::string> asked_for() {
        const std::lock_guard lock(mutex);
        return asked;
    }
};

class scripted_channel final : public channel {
public:
    explicit scripted_channel(script& says) : says_(says) {}

    awaitable<send_answer> send(outgoing message) override {
        std::function<send_answer()> answer;
        {
            const std::lock_guard lock(says_.mutex);
            says_.asked.push_back(message.what.recipient);
            if (!says_.answers.empty()) {
                answer = std::move(says_.answers.front());
                says_.answers.pop_front();
            }
        }
        co_return answer ? answer() : send_answer{send_outcome::accepted, "250 OK", {}};
    }

private:
    script& says_;
};

class deliver_test : public core_fixture {
protected:
    ~deliver_test() override {
        if (!lane_) return;
        lane_->stop_taking();
        lane_->stop_sending();
        runtime_.block_on(lane_->stop(deadline_in(seconds(5))));
        runtime_.block_on(texts_->stop());
        runtime_.block_on(publishing_->stop());
    }

    void start_lane(std::string channel, bool with_standby = false) {
        publishing_.emplace(runtime_, scratch_->get(), *log_, *metrics_);
        publishing_->start(0);
        texts_.emplace(runtime_, scratch_->get(), "en");
        texts_->start();
        making_.emplace(make_message_deps{scratch_->get(), *texts_, code_key_, ""});
        channel_lane_options options;
        options.channel = std::move(channel);
        options.policy.backoff_first = milliseconds(20);
        options.breaker = {milliseconds(800), milliseconds(800)};
        const channel_lane_deps deps{
            runtime_,
            scratch_->get(),
            publishing_->writer(),
            *metrics_,
            *making_,
            [](db::transaction&, const notification&) {},
            [](std::int64_t) {}
        };
        lane_.emplace(
            deps,
            options,
            std::make_unique<scripted_channel>(primary_),
            with_standby ? std::make_unique<scripted_channel>(standby_) : nullptr
        );
        lane_->start(0);
    }

    // The id of a message to the user that is due.
    std::int64_t give(std::int64_t user_id, std::string recipient) {
        const auto id = transact([&](db::transaction& tx) -> awaitable<std::int64_t> {
            notification_store::draft made;
            made.event_id = "event-" + random_hex(4);
            made.event_type = "task.completed.v1";
            made.channel = lane_->name();
            made.recipient_key = fmt::format("user:{}", user_id);
            made.user_id = user_id;
            made.model = "{}";
            made.content = R"({"text":"hello"})";
            made.recipient = recipient;
            made.created_at = now_us();
            const auto ids = co_await notification_store::insert_all(tx, {made});
            const auto added = ids.front().value();
            lease::enqueue(tx, {delivery_lease({added, made.channel, user_id, recipient, 0})});
            co_return added;
        });
        lane_->wake();
        return id;
    }

    notification row(std::int64_t id) {
        return *runtime_.block_on(
            notification_store::find(scratch_->get(), id, deadline_in(std::chrono::seconds(10)))
        );
    }
    bool becomes(std::int64_t id, status wanted) {
        return eventually([&] { return row(id).status == wanted; });
    }

    script primary_, standby_;
    std::optional<outbox::publishing> publishing_;
    std::optional<catalogue> texts_;
    std::optional<make_message> making_;
    std::optional<channel_lane> lane_;
};

TEST_P(deliver_test, another_provider_is_asked_at_once_where_the_first_cannot_have_it) {
    primary_.say({send_outcome::away, "connection refused", {}});
    start_lane("email", true);
    const auto id = give(1000, "ada@example.org");
    ASSERT_TRUE(becomes(id, status::sent));
    const auto log = attempts_of(id);
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0].provider, "primary");
    EXPECT_EQ(log[0].outcome, "retry");
    EXPECT_EQ(log[0].answer, "connection refused");
    EXPECT_EQ(log[1].number, 2);
    EXPECT_EQ(log[1].provider, "fallback");
    EXPECT_EQ(log[1].outcome, "sent");
    EXPECT_EQ(row(id).attempts, 2);
    EXPECT_EQ(row(id).refusals, 0);
}

TEST_P(deliver_test, what_the_first_may_have_is_written_down_before_anybody_is_asked_again) {
    primary_.say({send_outcome::away, "no answer after the last byte", {}, {}, true});
    start_lane("email", true);
    const auto id = give(1000, "ada@example.org");
    ASSERT_TRUE(becomes(id, status::sent));
    const auto log = attempts_of(id);
    ASSERT_EQ(log.size(), 2U);
    EXPECT_EQ(log[0].provider, "primary");
    EXPECT_EQ(log[0].answer, "no answer after the last byte");
    EXPECT_GE(log[1].started_at - log[0].finished_at, 50'000) << "the backoff";
    EXPECT_EQ(row(id).refusals, 1);
}

TEST_P(deliver_test, what_changes_while_a_channel_rests_is_heeded) {
    primary_.say({send_outcome::away, "connection refused", {}});
    start_lane("email");
    const auto waits = give(1000, "ada@example.org");
    ASSERT_TRUE(eventually([&] { return primary_.asked_for().size() == 1; }));
    const auto bounced = give(1001, "bob@example.org");
    const auto unwanted = give(1002, "eve@example.org");
    const auto late = give(1003, "joe@example.org");
    for (const auto id : {bounced, unwanted, late}) ASSERT_TRUE(becomes(id, status::sending));
    suppress("email", "bob@example.org", "bounced: 550 no such user");
    wish(1002, R"({"events":{"*":{"email":{"enabled":false}}}})");
    wish(1003, quiet_now());
    EXPECT_EQ(primary_.asked_for().size(), 1U) << "the channel still rests";

    EXPECT_TRUE(becomes(bounced, status::suppressed));
    EXPECT_TRUE(becomes(unwanted, status::skipped));
    EXPECT_EQ(row(unwanted).error_message, "the user has turned it off");
    EXPECT_TRUE(becomes(late, status::pending));
    EXPECT_GT(row(late).deliver_at.value_or(0), now_us());
    EXPECT_TRUE(becomes(waits, status::sent)) << "whoever has a turn and sends nothing passes it on";
    EXPECT_THAT(primary_.asked_for(), ElementsAre("ada@example.org", "ada@example.org"));
}

TEST_P(deliver_test, what_threw_before_it_was_sent_is_as_if_nobody_had_begun) {
    primary_.answers.emplace_back([]() -> send_answer { throw db::unavailable("no database"); });
    start_lane("email");
    const auto id = give(1000, "ada@example.org");
    ASSERT_TRUE(eventually([&] { return primary_.asked_for().size() == 1; }));
    EXPECT_TRUE(becomes(id, status::pending));
    EXPECT_EQ(row(id).attempts, 0);
    EXPECT_TRUE(attempts_of(id).empty());
}

TEST_P(deliver_test, a_report_may_come_before_its_message_is_written_down) {
    start_lane("sms");
    const auto report_as = [&](std::string id, sms_status became, std::optional<std::uint32_t> code) {
        primary_.answers.emplace_back([this, id, became, code] {
            auto told = asio::co_spawn(
                runtime_.executor(1),
                take_sms_report(
                    scratch_->get(), publishing_->writer(), {id, became, code}, deadline_in(seconds(10))
                ),
                asio::use_future
            );
            told.wait_for(seconds(5));
            return send_answer{send_outcome::accepted, "201", {}, id};
        });
    };
    report_as("SM1", sms_status::delivered, {});
    report_as("SM2", sms_status::failed, 30006);
    const auto first = give(1000, "+436601234567");
    ASSERT_TRUE(becomes(first, status::delivered));
    EXPECT_EQ(row(first).provider_id, "SM1");
    EXPECT_TRUE(row(first).sent_at.has_value());
    EXPECT_TRUE(row(first).delivered_at.has_value());
    EXPECT_EQ(attempts_of(first).at(0).outcome, "sent");
    const auto second = give(1001, "+43131234567");
    ASSERT_TRUE(becomes(second, status::bounced));
    EXPECT_EQ(row(second).error_message, "the provider could not send it: error 30006");

    std::vector<std::string> told;
    for (const auto& each : told_of("sms", 3)) told.push_back(each.key + " " + each.type);
    EXPECT_THAT(
        told,
        ::testing::UnorderedElementsAre(
            fmt::format("{} notification.sent.v1", first),
            fmt::format("{} notification.sent.v1", second),
            fmt::format("{} notification.failed.v1", second)
        )
    );
    const auto third = give(1002, "+43131234567");
    EXPECT_TRUE(becomes(third, status::suppressed)) << "the number is left alone";
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    deliver_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
