// The hub behind the streams of inboxes, on both databases: other replicas, slow readers, limits.
#include "services/notifications/inbox/inbox_stream.hpp"
#include "services/notifications/service_fixture.hpp"

namespace esm::notifications {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

class inbox_watch_contract : public service_fixture {
protected:
    ~inbox_watch_contract() override {
        for (auto* each : {&hub_, &other_}) {
            if (*each) runtime_.block_on((*each)->stop());
        }
    }

    std::unique_ptr<inbox_watch> begin(inbox_watch_options options) { return begin(options, *metrics_); }
    std::unique_ptr<inbox_watch> begin(inbox_watch_options options, observe::metrics& metrics) {
        auto made = std::make_unique<inbox_watch>(runtime_, scratch_->get(), metrics, options);
        made->start(0);
        return made;
    }

    // As any replica writes it: nobody is told but through the database.
    std::vector<std::int64_t> put_in(
        std::size_t count, std::int64_t user_id = 1000, instant_us at = now_us()
    ) {
        return transact([&](db::transaction& tx) -> awaitable<std::vector<std::int64_t>> {
            std::vector<notification_store::draft> drafts;
            for (std::size_t i = 0; i < count; ++i) {
                auto& each = drafts.emplace_back();
                each.event_id = random_hex(8);
                each.event_type = "a.b.v1";
                each.channel = "in_app";
                each.recipient_key = fmt::format("user:{}", user_id);
                each.user_id = user_id;
                each.model = "{}";
                each.content = R"({"body":"b"})";
                each.status = status::sent;
                each.created_at = at + static_cast<instant_us>(i);
            }
            std::vector<std::int64_t> ids;
            for (const auto& each : co_await notification_store::insert_all(tx, drafts)) ids.push_back(*each);
            co_return ids;
        });
    }

    result<inbox_watch::handle> watch(
        inbox_watch& hub, std::int64_t user_id = 1000, std::optional<std::int64_t> last_seen = {}
    ) {
        // block_on asks for types that can be made without a value.
        std::optional<result<inbox_watch::handle>> got;
        const auto run = [&]() -> awaitable<bool> {
            got.emplace(co_await hub.watch(user_id, last_seen, deadline_in(10s)));
            co_return true;
        };
        runtime_.block_on(run());
        return std::move(*got);
    }
    std::vector<inbox_news> news(const inbox_watch::handle& from, std::chrono::milliseconds patience = 10s) {
        std::vector<inbox_news> got;
        for (const auto until = clock::now() + patience; got.empty() && clock::now() < until;) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
            got = runtime_.block_on(from->next(left));
        }
        return got;
    }
    static std::vector<std::int64_t> ids(const std::vector<inbox_news>& of) {
        std::vector<std::int64_t> all;
        for (const auto& each : of) all.push_back(each.what.notification_id);
        return all;
    }
    std::vector<std::int64_t> next_ids(const inbox_watch::handle& from, std::size_t count) {
        std::vector<std::int64_t> all;
        while (all.size() < count) {
            const auto got = ids(news(from));
            if (got.empty()) break;
            all.insert(all.end(), got.begin(), got.end());
        }
        return all;
    }

    observe::metrics other_metrics_{"notifications"};
    std::unique_ptr<inbox_watch> hub_, other_;
};

TEST_P(inbox_watch_contract, the_poll_finds_what_nobody_told) {
    hub_ = begin({.poll = 200ms});
    const auto before = put_in(1);
    const auto watched = watch(*hub_);
    ASSERT_TRUE(watched);
    const auto id = put_in(1).front();
    EXPECT_EQ(ids(news(*watched)), std::vector{id});
    EXPECT_TRUE(news(*watched, 600ms).empty()) << "once, and nothing of before";
}

TEST_P(inbox_watch_contract, another_replica_says_so) {
    hub_ = begin({.poll = 60s});
    other_ = begin({.poll = 60s}, other_metrics_);
    const auto watched = watch(*hub_);
    std::this_thread::sleep_for(200ms);  // the first round is over
    const auto id = put_in(1).front();
    const auto said_at = clock::now();
    other_->changed(1000);
    EXPECT_EQ(ids(news(*watched)), std::vector{id});
    EXPECT_LT(clock::now() - said_at, 1s);
}

TEST_P(inbox_watch_contract, a_late_commit_is_news) {
    hub_ = begin({.poll = 50ms});
    const auto watched = watch(*hub_);
    const auto newer = put_in(1).front();
    EXPECT_EQ(ids(news(*watched)), std::vector{newer});
    const auto late = put_in(1, 1000, now_us() - 2'000'000).front();
    EXPECT_EQ(ids(news(*watched)), std::vector{late});
}

TEST_P(inbox_watch_contract, a_slow_reader_gets_all_in_order_and_holds_nobody_up) {
    constexpr std::size_t many = 300;
    hub_ = begin({.entries_a_look_max = 50, .poll = 50ms});
    const auto slow = watch(*hub_);
    const auto quick = watch(*hub_);
    const auto made = put_in(many);
    EXPECT_EQ(next_ids(*quick, many), made);
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(news(*slow).size(), inbox_watcher::untold_max) << "the rest waits in the database";
    EXPECT_EQ(next_ids(*slow, many - inbox_watcher::untold_max).size(), many - inbox_watcher::untold_max);
    EXPECT_TRUE(news(*slow, 300ms).empty());
    const auto back = watch(*hub_, 1000, made[many - 3]);
    EXPECT_EQ(next_ids(*back, 2), (std::vector{made[many - 2], made[many - 1]}));
}

TEST_P(inbox_watch_contract, a_read_state_of_long_ago_is_told_as_one) {
    hub_ = begin({.poll = 50ms});
    const auto old = put_in(1, 1000, now_us() - 3'600'000'000).front();
    const auto watched = watch(*hub_);
    transact([&](db::transaction& tx) -> awaitable<bool> {
        inbox_store::set_read(tx, old, now_us(), now_us());
        co_return true;
    });
    const auto got = news(*watched);
    EXPECT_EQ(ids(got), std::vector{old});
    EXPECT_FALSE(got.at(0).is_new);
    EXPECT_TRUE(got.at(0).what.read_at.has_value());
}

TEST_P(inbox_watch_contract, too_many_are_refused_and_a_place_is_given_back) {
    hub_ = begin({.watchers_max = 2});
    std::vector<inbox_watch::handle> open;
    for (int i = 0; i < 2; ++i) open.push_back(*watch(*hub_, 1000 + i));
    const auto refused = watch(*hub_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::overloaded);
    EXPECT_EQ(refused.error().retry_after, 5s);
    EXPECT_NE(
        metrics_->scrape().find("notification_inbox_streams{service=\"notifications\"} 2"), std::string::npos
    );
    open.pop_back();
    EXPECT_TRUE(watch(*hub_));
}

TEST_P(inbox_watch_contract, one_user_takes_a_share_of_the_places) {
    hub_ = begin({.a_user_max = 2});
    std::vector<inbox_watch::handle> open;
    for (int i = 0; i < 2; ++i) open.push_back(*watch(*hub_, 1000));
    const auto refused = watch(*hub_, 1000);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, errc::rate_limited);
    EXPECT_EQ(refused.error().retry_after, 5s);
    EXPECT_TRUE(watch(*hub_, 1001));
    open.pop_back();
    EXPECT_TRUE(watch(*hub_, 1000));
}

TEST_P(inbox_watch_contract, a_quiet_stream_beats_and_ends_after_its_time) {
    hub_ = begin({});
    principal caller;
    caller.user_id = 1000;
    inbox_stream quiet(*watch(*hub_), {caller, revoked_}, {.heartbeat = 100ms, .lifetime_max = 1500ms});
    EXPECT_EQ(runtime_.block_on(quiet.next()), "retry: 2000\n\n");
    std::string text;
    for (;;) {
        const auto part = runtime_.block_on(quiet.next());
        if (part.empty()) break;
        text += part;
    }
    EXPECT_EQ(text.find(":\n\n"), 0U);
    EXPECT_NE(text.find("event: end\ndata: {\"reason\":\"lifetime_over\"}\n\n"), std::string::npos);
}

TEST_P(inbox_watch_contract, stopping_wakes_those_who_wait) {
    hub_ = begin({.poll = 60s});
    const auto watched = watch(*hub_);
    std::thread stopping([this] {
        std::this_thread::sleep_for(100ms);
        runtime_.block_on(hub_->stop());
    });
    const auto begun = clock::now();
    EXPECT_TRUE(runtime_.block_on((*watched)->next(10s)).empty());
    EXPECT_LT(clock::now() - begun, 5s);
    stopping.join();
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    inbox_watch_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
