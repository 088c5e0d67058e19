// Reports that come before the messages they are about are written down, on both databases.
#include <gmock/gmock.h>

#include <future>

#include "services/notifications/reports/report_store.hpp"
#include "services/notifications/reports/sent_fixture.hpp"
#include "services/notifications/reports/take_sms_report.hpp"

namespace esm::notifications {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::IsEmpty;

class early_report_test : public sent_fixture {
protected:
    void keep(report_store::report told, instant_us now) {
        transact([&](db::transaction& tx) -> awaitable<bool> {
            report_store::keep_early(tx, told, now);
            co_return true;
        });
    }
    std::vector<report_store::report> take(const std::vector<std::string>& ids) {
        return transact([ids](db::transaction& tx) { return report_store::take_early(tx, "sms", ids); });
    }
};

TEST_P(early_report_test, the_first_one_is_kept_until_its_message_comes) {
    keep({"sms", "SM1", status::bounced, "error 30006", true}, 5);
    keep({"sms", "SM1", status::delivered, "", false}, 6);
    const auto kept = take({"SM1", "SM2"});
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].channel, "sms");
    EXPECT_EQ(kept[0].provider_id, "SM1");
    EXPECT_EQ(kept[0].became, status::bounced);
    EXPECT_EQ(kept[0].why, "error 30006");
    EXPECT_TRUE(kept[0].recipient_gone);
    EXPECT_THAT(take({"SM1", "SM2"}), IsEmpty()) << "once";
    EXPECT_THAT(take({}), IsEmpty());
}

TEST_P(early_report_test, of_a_message_that_is_known_nothing_is_kept) {
    sent_to("sms", "+436601234567", "SM1");
    keep({"sms", "SM1", status::delivered, "", false}, 5);
    EXPECT_THAT(take({"SM1"}), IsEmpty());
}

TEST_P(early_report_test, one_of_nobodys_message_is_forgotten) {
    keep({"sms", "SM1", status::delivered, "", false}, 5);
    keep({"sms", "SM2", status::delivered, "", false}, 7);
    runtime_.block_on(report_store::forget_early(scratch_->get(), 7, 100, deadline_in(seconds(10))));
    const auto kept = take({"SM1", "SM2"});
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].provider_id, "SM2");
}

TEST_P(early_report_test, one_that_comes_while_its_message_is_being_written_down_waits_for_it) {
    start_service();
    const auto id = sent_to("sms", "+436601234567");
    outbox::outbox silent([] {});
    std::future<void> told;
    transact([&](db::transaction& tx) -> awaitable<bool> {
        EXPECT_THAT(co_await report_store::take_early(tx, "sms", {"SM1"}), IsEmpty());
        told = asio::co_spawn(
            runtime_.executor(1),
            take_sms_report(
                scratch_->get(), silent, {"SM1", sms_status::delivered, {}}, deadline_in(seconds(10))
            ),
            asio::use_future
        );
        asio::steady_timer rest(co_await asio::this_coro::executor, milliseconds(200));
        co_await rest.async_wait(asio::use_awaitable);
        notification after;
        after.notification_id = id;
        after.status = status::sent;
        after.version = 3;
        after.provider_id = "SM1";
        notification_store::record(tx, {{after, {}}});
        co_return true;
    });
    ASSERT_EQ(told.wait_for(seconds(10)), std::future_status::ready);
    told.get();
    EXPECT_EQ(row(id).status, status::delivered);
    EXPECT_THAT(take({"SM1"}), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    early_report_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
